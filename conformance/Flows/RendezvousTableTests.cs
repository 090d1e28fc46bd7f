using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Flows.Hashing;

namespace Weft.Conformance.FlowsTests;

/// <summary>The table beside GLB's published rows, and the laws of rendezvous hashing.</summary>
public sealed class RendezvousTableTests
{
    private static readonly byte[] GlbSeed = Convert.FromHexString("49a3d861d661ae5ab06ed9326871a2f5");

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void SipHash_paper_appendix_A_gives_its_test_value()
    {
        byte[] key = [.. Enumerable.Range(0, 16).Select(octet => (byte)octet)];
        Assert.Equal(0xA129_CA61_49BE_45E5UL, SipHash24.Hash(key, key.AsSpan(0, 15)));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0x0000u, "491C53A72DF4C837")]
    [InlineData(0xFFFFu, "F223C0CC65161620")]
    public void Glb_makes_the_seed_of_a_row_alike(uint row, string expected)
    {
        byte[] number = new byte[4];
        byte[] seed = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(number, row);
        BinaryPrimitives.WriteUInt64LittleEndian(seed, SipHash24.Hash(GlbSeed, number));
        Assert.Equal(expected, Convert.ToHexString(seed));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Glb_orders_four_servers_alike_in_its_first_and_last_row()
    {
        RendezvousTable table = RendezvousTable.Build(GlbSeed, Servers(4, _ => 1), choices: 4);
        Assert.Equal<ushort>([3, 2, 1, 0], table.Row(0).ToArray());
        Assert.Equal<ushort>([0, 1, 3, 2], table.Row(0xFFFF).ToArray());
        Assert.Equal(3, table.Select(0));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_server_that_goes_leaves_the_order_of_the_others_as_it_was()
    {
        RendezvousTable all = RendezvousTable.Build(GlbSeed, Servers(6, index => 1 + index % 3), choices: 6, rows: 1024);
        RendezvousTable less = RendezvousTable.Build(GlbSeed, Servers(5, index => 1 + index % 3), choices: 5, rows: 1024);
        for (uint row = 0; row < 1024; row++)
        {
            Assert.Equal(all.Row(row).ToArray().Where(server => server != 5), less.Row(row).ToArray());
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_server_comes_first_in_proportion_to_its_weight()
    {
        RendezvousTable table = RendezvousTable.Build(GlbSeed, Servers(4, index => index + 1), choices: 2);
        int[] first = new int[4];
        for (uint row = 0; row < table.Rows; row++)
        {
            first[table.Select(row)]++;
        }

        for (int server = 0; server < 4; server++)
        {
            Assert.InRange(first[server], table.Rows * (server + 1) / 10 * 0.97, table.Rows * (server + 1) / 10 * 1.03);
        }
    }

    private static HashBackend[] Servers(int count, Func<int, int> weight) =>
        [.. Enumerable.Range(1, count).Select(last => new HashBackend(new byte[] { 1, 1, 1, (byte)last }, weight(last - 1)))];
}
