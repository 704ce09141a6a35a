-- ARGV: prefix, documents (JSON). Returns the ids of those that are not removed, as their ids mean others by now.
local same, changed = {}, {}
for _, document in ipairs(cjson.decode(ARGV[2])) do
    if redis.call('HGET', ARGV[1] .. 'i', document.id) == tostring(document.number) then
        same[#same + 1] = document
    else
        changed[#changed + 1] = document.id
    end
end
remove(ARGV[1], same)
return changed
