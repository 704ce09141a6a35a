-- ARGV: prefix, plan (JSON), entries (bucket and entry: ten bytes each), values of paragraphs, values of documents.
-- Returns 0, and changes nothing, if something that the plan relies on has changed.
local prefix, plan, entries = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
for _, document in ipairs(plan.documents) do
    if (redis.call('HGET', prefix .. 'i', document.id) or '') ~= document.replaces then return 0 end
end
for _, paragraph in ipairs(plan.known) do
    if redis.call('HEXISTS', prefix .. 'c', paragraph) == 0 then return 0 end
end
local at = 4
for _, paragraph in ipairs(plan.new) do
    redis.call('HSET', prefix .. 'c', paragraph, ARGV[at])
    at = at + 1
end
for _, pair in ipairs(plan.later_owners) do
    redis.call('APPEND', prefix .. 'm:' .. pair[1], struct.pack('<I4', pair[2]))
end
for offset = 1, #entries, 10 do
    redis.call('APPEND', prefix .. 'b:' .. entries:sub(offset, offset + 2), entries:sub(offset + 3, offset + 9))
end
for _, document in ipairs(plan.documents) do
    redis.call('HSET', prefix .. 'd', document.number, ARGV[at])
    redis.call('HSET', prefix .. 'i', document.id, document.number)
    if document.seen > 0 then redis.call('HSET', prefix .. 's', document.number, document.seen) end
    redis.call('HINCRBY', prefix .. 'h', document.host, 1)
    redis.call('HINCRBY', prefix .. 'next', 'places', document.occurrences)
    at = at + 1
end
remove(prefix, plan.replaced)
return 1
