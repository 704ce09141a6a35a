-- Remove a document from the owners of a paragraph; the paragraph is removed with its last owner.
local function release(prefix, paragraph, number)
    local content = redis.call('HGET', prefix .. 'c', paragraph)
    if not content then return end
    local others, least = {}, nil
    local later = redis.call('GET', prefix .. 'm:' .. paragraph) or ''
    for at = 1, #later, 4 do
        local owner = struct.unpack('<I4', later, at)
        if owner ~= number then
            others[#others + 1] = owner
            if not least or owner < least then least = owner end
        end
    end
    if struct.unpack('<I4', content) == number then
        if not least then
            redis.call('HDEL', prefix .. 'c', paragraph)
            redis.call('DEL', prefix .. 'm:' .. paragraph)
            return
        end
        redis.call('HSET', prefix .. 'c', paragraph, struct.pack('<I4', least) .. content:sub(5))
    else
        least = nil
    end
    local remaining = {}
    for _, owner in ipairs(others) do
        if owner ~= least then remaining[#remaining + 1] = struct.pack('<I4', owner) end
    end
    if #remaining == 0 then
        redis.call('DEL', prefix .. 'm:' .. paragraph)
    else
        redis.call('SET', prefix .. 'm:' .. paragraph, table.concat(remaining))
    end
end

-- Remove a document, and its id if that still means this number.
local function remove(prefix, document)
    local number = redis.call('HGET', prefix .. 'i', document.id)
    if number == tostring(document.number) then redis.call('HDEL', prefix .. 'i', document.id) end
    redis.call('HDEL', prefix .. 'd', document.number)
    redis.call('HINCRBY', prefix .. 'h', document.host, -1)
    redis.call('HINCRBY', prefix .. 'next', 'places', -document.occurrences)
    for _, paragraph in ipairs(document.paragraphs) do release(prefix, paragraph, document.number) end
end
