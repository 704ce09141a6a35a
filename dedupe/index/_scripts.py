"""The scripts that Redis runs for an index: each one happens as a whole, or not at all."""

FIND = """
-- ARGV: prefix, names of buckets (three bytes each). Returns the lengths of the buckets and the buckets, joined.
local lengths, buckets = {}, {}
for at = 1, #ARGV[2], 3 do
    local bucket = redis.call('GET', ARGV[1] .. 'b:' .. ARGV[2]:sub(at, at + 2)) or ''
    lengths[#lengths + 1] = struct.pack('<I4', #bucket)
    buckets[#buckets + 1] = bucket
end
return {table.concat(lengths), table.concat(buckets)}
"""

SAYERS = """
-- ARGV: prefix, most, rows. Returns for each row the numbers of the documents that say it, four bytes each.
local found = {}
for at = 3, #ARGV do
    local content = redis.call('HGET', ARGV[1] .. 'c', ARGV[at])
    local later = redis.call('GETRANGE', ARGV[1] .. 'm:' .. ARGV[at], 0, 4 * tonumber(ARGV[2]) - 1)
    found[#found + 1] = content and content:sub(1, 4) .. later or ''
end
return found
"""

_FORGET = """
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
"""

ADD = (
    _FORGET
    + """
-- ARGV: prefix, plan (JSON), entries (bucket, then what goes in: ten bytes each), contents, documents.
-- Returns 0, and does nothing, if what the plan relies on has changed.
local prefix, plan, entries = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
for _, one in ipairs(plan.documents) do
    if (redis.call('HGET', prefix .. 'i', one.id) or '') ~= one.old then return 0 end
end
for _, row in ipairs(plan.known) do
    if redis.call('HEXISTS', prefix .. 'c', row) == 0 then return 0 end
end
local at = 4
for _, row in ipairs(plan.contents) do
    redis.call('HSET', prefix .. 'c', row, ARGV[at])
    at = at + 1
end
for _, one in ipairs(plan.later) do
    redis.call('APPEND', prefix .. 'm:' .. one[1], struct.pack('<I4', one[2]))
end
for place = 1, #entries, 10 do
    redis.call('APPEND', prefix .. 'b:' .. entries:sub(place, place + 2), entries:sub(place + 3, place + 9))
end
for _, one in ipairs(plan.documents) do
    redis.call('HSET', prefix .. 'd', one.number, ARGV[at])
    redis.call('HSET', prefix .. 'i', one.id, one.number)
    redis.call('HINCRBY', prefix .. 'h', one.host, 1)
    redis.call('HINCRBY', prefix .. 'next', 'places', one.places)
    at = at + 1
end
for _, old in ipairs(plan.olds) do remove(prefix, old) end
return 1
"""
)

REMOVE = (
    _FORGET
    + """
-- ARGV: prefix, document (JSON). Returns 0 if its name means another one by now.
local old = cjson.decode(ARGV[2])
if redis.call('HGET', ARGV[1] .. 'i', old.id) ~= tostring(old.number) then return 0 end
remove(ARGV[1], old)
return 1
"""
)

COMPACT = """
-- ARGV: prefix, name of a bucket. Leaves out of it the rows that are gone.
local bucket, left = redis.call('GET', ARGV[2]) or '', {}
for at = 1, #bucket, 7 do
    local row = struct.unpack('<I4', bucket, at)
    if redis.call('HEXISTS', ARGV[1] .. 'c', row) == 1 then left[#left + 1] = bucket:sub(at, at + 6) end
end
if #left == 0 then redis.call('DEL', ARGV[2]) else redis.call('SET', ARGV[2], table.concat(left)) end
return #left
"""
