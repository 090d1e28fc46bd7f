using Weft.Bridge;
using Weft.Packets;
using static Weft.Conformance.BridgeTests.LacpFrames;

namespace Weft.Conformance.BridgeTests;

/// <summary>A group of links on ports 0 and up, a partner that the test speaks for, and the clock.</summary>
internal sealed class LacpBed
{
    public static readonly MacAddress Mac = MacAddress.Parse("06:57:00:00:00:01");
    private SentFrames _sent = new();

    public LacpBed(int links = 2, Func<LinkGroupOptions, LinkGroupOptions>? change = null)
    {
        var group = new LinkGroupOptions { Members = [.. Enumerable.Range(0, links).Select(port => new LinkMemberOptions { Port = port })] };
        Engine = new LinkAggregator(new LinkAggregatorOptions { PortCount = links + 1, Groups = [change is null ? group : change(group)], System = Mac, Seed = new HashSeed(1, 2), Start = Now });
        for (int port = 0; port < links; port++)
        {
            Engine.SetEnabled(port, enabled: true, Now);
        }
    }

    public LinkAggregator Engine { get; }

    public Timestamp Now { get; private set; } = Timestamp.FromSeconds(1000);

    public LinkMember Link(int port) => Engine.Members(0).Single(member => member.Port == port);

    /// <summary>Time passes in small steps.</summary>
    public LacpBed Wait(double seconds)
    {
        for (Timestamp end = Now + TimeSpan.FromSeconds(seconds); Now < end;)
        {
            Now += TimeSpan.FromMilliseconds(50);
            Engine.Advance(Now, ref _sent);
        }

        return this;
    }

    public LacpVerdict Hear(int port, byte[] frame) => Engine.Receive(port, frame, Now, ref _sent);

    /// <summary>The partner says that it is in step with what the link says at the moment.</summary>
    public LacpBed Agree(int port, LacpState more = LacpState.None, ushort key = 7)
    {
        Assert.Equal(LacpVerdict.Taken, Hear(port, Message(Link(port).Actor, InStep | more, (ushort)(port + 1), key)));
        return this;
    }

    /// <summary>All links agree, until they carry frames.</summary>
    public LacpBed Up(int links = 2, LacpState more = LacpState.None)
    {
        foreach (double wait in new[] { 0, 2.5 })
        {
            Wait(wait);
            for (int port = 0; port < links; port++)
            {
                Agree(port, more);
            }
        }

        return this;
    }

    /// <summary>What was sent out of a port since the last look.</summary>
    public List<byte[]> Sent(int port)
    {
        List<byte[]> mine = [.. _sent.All.Where(sent => sent.Port == port).Select(sent => sent.Frame)];
        _sent.All.RemoveAll(sent => sent.Port == port);
        return mine;
    }
}
