-- ARGV: prefix, most, rows. Returns for each row the numbers of the documents that say it, four bytes each.
local found = {}
for at = 3, #ARGV do
    local content = redis.call('HGET', ARGV[1] .. 'c', ARGV[at])
    local later = redis.call('GETRANGE', ARGV[1] .. 'm:' .. ARGV[at], 0, 4 * tonumber(ARGV[2]) - 1)
    found[#found + 1] = content and content:sub(1, 4) .. later or ''
end
return found
