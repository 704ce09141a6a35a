-- ARGV: prefix, names of buckets (three bytes each). Returns the lengths of the buckets and the buckets, joined.
local lengths, buckets = {}, {}
for at = 1, #ARGV[2], 3 do
    local bucket = redis.call('GET', ARGV[1] .. 'b:' .. ARGV[2]:sub(at, at + 2)) or ''
    lengths[#lengths + 1] = struct.pack('<I4', #bucket)
    buckets[#buckets + 1] = bucket
end
return {table.concat(lengths), table.concat(buckets)}
