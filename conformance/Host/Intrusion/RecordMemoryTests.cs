using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Datapath.Intrusion;

namespace Weft.Conformance.HostTests;

/// <summary>Memory for records that goes round holds what was written until it is given back, whatever the lengths.</summary>
public sealed class RecordMemoryTests
{
    private const int Capacity = 256;

    private static readonly Gen<int[]> Steps = Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(0, 0), Gen.Choose(200, 300)).ArrayOf();

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void What_is_kept_is_read_back_in_order_and_never_more_than_there_is_room_for()
    {
        Prop.ForAll(Arb.From(Steps), Holds).Check(Chance.Of(2000));
    }

    /// <summary>A length is a record of so many bytes; 0 gives the oldest back.</summary>
    private static bool Holds(int[] steps)
    {
        var memory = new RecordMemory(Capacity);
        var model = new Queue<(RecordPlace Place, byte[] Bytes)>();
        byte fill = 0;
        foreach (int step in steps)
        {
            if (step == 0)
            {
                if (model.TryDequeue(out (RecordPlace Place, byte[] Bytes) oldest))
                {
                    Assert.Equal(oldest.Bytes, memory.Read(oldest.Place));
                    memory.Free(oldest.Place);
                }

                continue;
            }

            bool isKept = memory.TryReserve(step, out RecordPlace place, out Span<byte> bytes);
            // At most one gap is left behind the last record, shorter than the record that did not fit there.
            Assert.False(isKept && model.Sum(record => record.Bytes.Length) + step > Capacity);
            Assert.True(isKept || step > Capacity || model.Sum(record => record.Bytes.Length) + (2 * step) > Capacity || model.Count > 0);
            if (isKept)
            {
                bytes.Fill(++fill);
                memory.Keep(place);
                model.Enqueue((place, Enumerable.Repeat(fill, step).ToArray()));
            }
        }

        Assert.All(model, record => Assert.Equal(record.Bytes, memory.Read(record.Place)));
        return true;
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Memory_of_no_bytes_refuses_and_an_empty_place_gives_nothing_back()
    {
        var memory = new RecordMemory(0);
        Assert.False(memory.TryReserve(1, out _, out _));
        memory.Keep(default);
        memory.Free(default);
        Assert.True(memory.Read(default).IsEmpty);
    }
}
