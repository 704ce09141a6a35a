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
