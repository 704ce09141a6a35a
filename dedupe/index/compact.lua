-- ARGV: prefix, name of a bucket. Leaves out of it the rows that are gone.
local bucket, left = redis.call('GET', ARGV[2]) or '', {}
for at = 1, #bucket, 7 do
    local row = struct.unpack('<I4', bucket, at)
    if redis.call('HEXISTS', ARGV[1] .. 'c', row) == 1 then left[#left + 1] = bucket:sub(at, at + 6) end
end
if #left == 0 then redis.call('DEL', ARGV[2]) else redis.call('SET', ARGV[2], table.concat(left)) end
return #left
