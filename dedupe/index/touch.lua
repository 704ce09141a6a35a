-- ARGV: prefix, seconds, ids of documents. Notes that they were seen then, unless they were seen later.
local prefix, seconds = ARGV[1], tonumber(ARGV[2])
for at = 3, #ARGV do
    local number = redis.call('HGET', prefix .. 'i', ARGV[at])
    local line = number and redis.call('HGET', prefix .. 'd', number)
    if line then
        local added = cjson.decode(line:sub(1, line:find('\n', 1, true) - 1))[4]
        local seen = tonumber(redis.call('HGET', prefix .. 's', number) or 0)
        if seconds > math.max(added, seen) then redis.call('HSET', prefix .. 's', number, ARGV[2]) end
    end
end
