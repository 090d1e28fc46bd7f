using Weft.Packets;
using Weft.Samples.WriteYourOwnEngine;

// Ten seconds of a storm on port 1, a thousand broadcasts a second; port 2 asks for an address now and then.
Timestamp start = Timestamp.Zero;
var storm = new StormControl(new StormControlOptions { Ports = 3, FramesPerSecond = 50, Burst = 100 }, start);
byte[] broadcast = Convert.FromHexString("ffffffffffff0200000000010806");
byte[] unicast = Convert.FromHexString("0200000000020200000000010800");
int quiet = 0;
for (int millisecond = 0; millisecond < 10_000; millisecond++)
{
    Timestamp now = start + TimeSpan.FromMilliseconds(millisecond);
    storm.Check(1, broadcast, now);
    storm.Check(1, unicast, now);
    if (millisecond % 500 == 0 && storm.Check(2, broadcast, now) == StormVerdict.Pass)
    {
        quiet++;
    }
}

StormControlCounters counters = storm.Counters;
Console.WriteLine($"passed {counters.Passed}, limited {counters.Limited}, not broadcast {counters.NotBroadcast}; the quiet port sent {quiet} of 20");

// 100 at once, then 50 a second: the last token of the tenth second is not there yet.
return quiet == 20 && counters.Passed - quiet is >= 599 and <= 600 ? 0 : 1;
