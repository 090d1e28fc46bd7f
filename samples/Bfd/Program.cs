using Weft.Bfd;
using Weft.Packets;

// Two ends of a path, and the path between them, which is cut after a second.
Timestamp now = Timestamp.FromSeconds(1);
BfdSession left = Session(discriminator: 7), right = Session(discriminator: 8);
Timestamp cut = now + TimeSpan.FromSeconds(4), end = now + TimeSpan.FromSeconds(5);
byte[] buffer = new byte[64];

while (now < end)
{
    bool isWhole = now < cut;
    Send(left, right, isWhole);
    Send(right, left, isWhole);
    Tell("left", left);
    Tell("right", right);
    now += TimeSpan.FromMilliseconds(1);
}

BfdSession Session(uint discriminator) => new(
    new BfdSessionOptions { Discriminator = discriminator, DesiredMinTx = TimeSpan.FromMilliseconds(10), RequiredMinRx = TimeSpan.FromMilliseconds(10) }, now);

// In earnest the packet goes to UDP port 3784 with a TTL of 255 (RFC 5881 section 5), which is what the other end looks for.
void Send(BfdSession from, BfdSession to, bool isWhole)
{
    while (from.TryPoll(now, out BfdControlPacket packet))
    {
        int length = packet.Write(buffer);
        if (isWhole)
        {
            _ = to.Receive(buffer.AsSpan(0, length), timeToLive: 255, now);
        }
    }
}

void Tell(string name, BfdSession session)
{
    while (session.TryTakeEvent(out BfdEvent change))
    {
        Console.WriteLine($"{(now - Timestamp.FromSeconds(1)).TotalMilliseconds,5:0} ms: {name} is {change.To}, {change.Diagnostic}");
    }
}
