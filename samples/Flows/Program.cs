using Weft.Packets;
using Weft.Samples.Flows;

// Three clients talk to a web server for ten seconds: one all the time, one now and then, one only at the beginning.
var server = IPv4Address.Parse("192.0.2.80");
FlowKey4[] keys = new FlowKey4[3];
for (int client = 0; client < keys.Length; client++)
{
    keys[client] = new FlowKey4(IPv4Address.Parse($"10.0.0.{client + 1}"), server, IpProtocol.Tcp, (ushort)(40_000 + client), 443);
}

using var meter = new FlowMeter(capacity: 1000, idle: TimeSpan.FromSeconds(3), bytesPerSecond: 50_000);
var pass = new bool[3];
long delayed = 0;
for (long millisecond = 0; millisecond <= 15_000; millisecond += 10)
{
    Timestamp now = Timestamp.FromMilliseconds(millisecond);
    meter.Age(now);
    int talking = millisecond > 10_000 ? 0 : millisecond < 500 ? 3 : millisecond % 1000 == 0 ? 2 : 1;
    meter.Observe(keys.AsSpan(0, talking), [1000, 100, 100], now, pass);
    delayed += pass.AsSpan(0, talking).Count(false);
}

Console.WriteLine($"{meter.Counters.Added} flows, {meter.Counters.Hits} hits, {meter.Counters.Misses} misses, {delayed} packets over the limit");
