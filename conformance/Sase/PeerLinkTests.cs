using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using Weft.Sase.Ownership;

namespace Weft.Conformance.SaseTests;

/// <summary>The stream of records to another node never holds more messages than it has room for, however records with names and without come in turn.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class PeerLinkTests
{
    private const int Slice = 16;
    private const int Window = 64;

    private static readonly Timestamp Now = Timestamp.Zero + TimeSpan.FromSeconds(1);

    [Fact]
    public void Slices_of_a_walk_never_write_over_a_message_that_was_not_acknowledged() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var link = new PeerLink(1, 1) { IsUp = true };
            int named = random.Next(1, 10), written = 0;
            while (link.HasPlenty)
            {
                written += Write(link, () => random.Next(10) < named);
            }

            AssertAll(link, written);
        }).Check(Chance.Of(300));

    [Fact]
    public void The_last_slice_may_end_a_message_of_each_kind_and_begin_a_third()
    {
        var link = new PeerLink(1, 1) { IsUp = true };
        int written = 0;
        // Messages as full as they get, then one short of full: the next slice ends it, writes one without a name, and one that has one.
        while (link.Written < Window - 1 || link.Written == 0)
        {
            link.Append(Record(isNamed: false));
            written++;
        }

        for (int more = 0; more < 29; more++, written++)
        {
            link.Append(Record(isNamed: false));
        }

        if (link.HasPlenty)
        {
            bool[] names = [false, false, true, .. Enumerable.Repeat(true, Slice - 3)];
            int at = 0;
            written += Write(link, () => names[at++]);
        }

        AssertAll(link, written);
    }

    private static int Write(PeerLink link, Func<bool> isNamed)
    {
        for (int i = 0; i < Slice; i++)
        {
            link.Append(Record(isNamed()));
        }

        return Slice;
    }

    /// <summary>Every record that was written is in one of the messages, which are numbered one after the other, and no more than fit.</summary>
    private static void AssertAll(PeerLink link, int written)
    {
        byte[] message = new byte[PopMessage.MaxBytes];
        int records = 0;
        uint messages = 0;
        while (link.TryTake(message, out int length, Now))
        {
            Assert.Equal(MessageVerdict.Accepted, PopMessage.TryRead(message.AsSpan(0, length), out PopMessage read));
            Assert.Equal(++messages, read.Sequence);
            records += read.Count;
        }

        Assert.Equal(written, records);
        Assert.InRange(messages, 1u, (uint)Window);
    }

    private static FlowRecord Record(bool isNamed) => new() { Vni = 1001, Session = isNamed ? new SessionId(1, 1, 1) : default };
}
