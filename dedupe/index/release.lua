-- Call a command with a key and as many more arguments as there are; Lua passes a few thousand at once.
local function call(command, key, arguments)
    for at = 1, #arguments, 4000 do
        redis.call(command, key, unpack(arguments, at, math.min(at + 3999, #arguments)))
    end
end

-- Remove documents, given by number, from the owners of paragraphs; a paragraph is removed with its last owner.
local function release(prefix, paragraphs, removed)
    local unused, changed = {}, {}
    for _, paragraph in ipairs(paragraphs) do
        local content = redis.call('HGET', prefix .. 'c', paragraph)
        local later = content and redis.call('GET', prefix .. 'm:' .. paragraph)
        if content and not later then
            if removed[struct.unpack('<I4', content)] then unused[#unused + 1] = paragraph end
        elseif content then
            local others, least = {}, nil
            for at = 1, #later, 4 do
                local owner = struct.unpack('<I4', later, at)
                if not removed[owner] then
                    others[#others + 1] = owner
                    if not least or owner < least then least = owner end
                end
            end
            if not removed[struct.unpack('<I4', content)] then
                least = nil
            elseif least then
                changed[#changed + 1] = paragraph
                changed[#changed + 1] = struct.pack('<I4', least) .. content:sub(5)
            else
                unused[#unused + 1] = paragraph
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
    end
    call('HDEL', prefix .. 'c', unused)
    call('HSET', prefix .. 'c', changed)
end

-- Remove documents, and each id that still means its number.
local function remove(prefix, documents)
    local ids, numbers, removed, hosts, places, paragraphs, seen = {}, {}, {}, {}, 0, {}, {}
    for _, document in ipairs(documents) do
        local number = redis.call('HGET', prefix .. 'i', document.id)
        if number == tostring(document.number) then ids[#ids + 1] = document.id end
        numbers[#numbers + 1] = document.number
        removed[document.number] = true
        hosts[document.host] = (hosts[document.host] or 0) + 1
        places = places + document.occurrences
        for _, paragraph in ipairs(document.paragraphs) do
            if not seen[paragraph] then
                seen[paragraph] = true
                paragraphs[#paragraphs + 1] = paragraph
            end
        end
    end
    call('HDEL', prefix .. 'i', ids)
    call('HDEL', prefix .. 'd', numbers)
    call('HDEL', prefix .. 's', numbers)
    for host, count in pairs(hosts) do redis.call('HINCRBY', prefix .. 'h', host, -count) end
    redis.call('HINCRBY', prefix .. 'next', 'places', 0 - places) -- 0 - 0 is 0, and -0 is no number to Redis
    release(prefix, paragraphs, removed)
end
