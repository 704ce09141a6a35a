-- ARGV: prefix, most, paragraphs. Returns for each paragraph the numbers of its documents, four bytes each.
local found = {}
for at = 3, #ARGV do
    local content = redis.call('HGET', ARGV[1] .. 'c', ARGV[at])
    local later = redis.call('GETRANGE', ARGV[1] .. 'm:' .. ARGV[at], 0, 4 * tonumber(ARGV[2]) - 1)
    found[#found + 1] = content and content:sub(1, 4) .. later or ''
end
return found
