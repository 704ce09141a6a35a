-- Take a document from those that say a row; the row goes with the last of them.
local function forget(prefix, row, number)
    local content = redis.call('HGET', prefix .. 'c', row)
    if not content then return end
    local others, least = {}, nil
    local later = redis.call('GET', prefix .. 'm:' .. row) or ''
    for at = 1, #later, 4 do
        local one = struct.unpack('<I4', later, at)
        if one ~= number then
            others[#others + 1] = one
            if not least or one < least then least = one end
        end
    end
    if struct.unpack('<I4', content) == number then
        if not least then
            redis.call('HDEL', prefix .. 'c', row)
            redis.call('DEL', prefix .. 'm:' .. row)
            return
        end
        redis.call('HSET', prefix .. 'c', row, struct.pack('<I4', least) .. content:sub(5))
    else
        least = nil
    end
    local left = {}
    for _, one in ipairs(others) do
        if one ~= least then left[#left + 1] = struct.pack('<I4', one) end
    end
    if #left == 0 then
        redis.call('DEL', prefix .. 'm:' .. row)
    else
        redis.call('SET', prefix .. 'm:' .. row, table.concat(left))
    end
end

-- Take a document out, if its name still means this number.
local function remove(prefix, old)
    local meant = redis.call('HGET', prefix .. 'i', old.id)
    if meant == tostring(old.number) then redis.call('HDEL', prefix .. 'i', old.id) end
    redis.call('HDEL', prefix .. 'd', old.number)
    redis.call('HINCRBY', prefix .. 'h', old.host, -1)
    redis.call('HINCRBY', prefix .. 'next', 'places', -old.places)
    for _, row in ipairs(old.rows) do forget(prefix, row, old.number) end
end
