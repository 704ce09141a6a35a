-- ARGV: prefix, document (JSON). Returns 0 if its id means another document by now.
local document = cjson.decode(ARGV[2])
if redis.call('HGET', ARGV[1] .. 'i', document.id) ~= tostring(document.number) then return 0 end
remove(ARGV[1], document)
return 1
