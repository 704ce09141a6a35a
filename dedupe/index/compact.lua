-- ARGV: prefix, key of a bucket. Deletes the entries of removed paragraphs from it.
local bucket, remaining = redis.call('GET', ARGV[2]) or '', {}
for at = 1, #bucket, 7 do
    local paragraph = struct.unpack('<I4', bucket, at)
    if redis.call('HEXISTS', ARGV[1] .. 'c', paragraph) == 1 then
        remaining[#remaining + 1] = bucket:sub(at, at + 6)
    end
end
if #remaining == 0 then redis.call('DEL', ARGV[2]) else redis.call('SET', ARGV[2], table.concat(remaining)) end
return #remaining
