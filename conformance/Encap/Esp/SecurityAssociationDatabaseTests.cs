using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>The SPI table against a dictionary, and the choice of SPIs.</summary>
public sealed class SecurityAssociationDatabaseTests
{
    private static readonly HashSeed Seed = new(1, 2);

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void It_is_a_dictionary_of_bounded_size()
    {
        // Few SPIs and a small table, so that probe runs form, wrap around and lose members in their middle.
        EspInboundSa[] associations = [.. Enumerable.Range(0, 24).Select(i => Association(0x1000 + ((uint)i * 977)))];
        var commands = Gen.Choose(0, associations.Length - 1).Zip(Gen.Choose(0, 2)).ListOf();
        Prop.ForAll(Arb.From(commands), list =>
        {
            var database = new SecurityAssociationDatabase(11, Seed);
            var model = new Dictionary<uint, EspInboundSa>();
            foreach ((int which, int what) in list)
            {
                EspInboundSa association = associations[which];
                if (what == 0)
                {
                    Assert.Equal(model.Remove(association.Spi, out EspInboundSa? expected) ? expected : null, database.Remove(association.Spi));
                }
                else
                {
                    Assert.Equal(model.Count < 11 && model.TryAdd(association.Spi, association), database.TryAdd(association));
                }

                Assert.Equal(model.Count, database.Count);
                Assert.All(associations, a => Assert.Equal(model.GetValueOrDefault(a.Spi), database.Find(a.Spi)));
            }
        }).Check(Chance.Of(500).WithEndSize(60));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void SPI_zero_and_strangers_are_not_found()
    {
        var database = new SecurityAssociationDatabase(4, Seed);
        Assert.Null(database.Find(0));
        Assert.Null(database.Remove(0x5000));
        Assert.True(database.TryAdd(Association(0x5000)));
        Assert.Null(database.Find(0));
        Assert.Null(database.Remove(0));
        Assert.Null(database.Find(0x5001));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SecurityAssociationDatabase(0, Seed));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Chosen_SPIs_are_free_distinct_and_lead_where_they_should()
    {
        var database = new SecurityAssociationDatabase(1024, Seed);
        var chooser = new SpiChooser(database, Seed);
        RssIndirectionTable table = RssIndirectionTable.RoundRobin(128, 8);
        var (source, destination) = (IPv4Address.Parse("192.0.2.1"), IPv4Address.Parse("192.0.2.2"));
        Span<byte> input = stackalloc byte[12];
        for (int i = 0; i < 64; i++)
        {
            Assert.True(database.TryAdd(Association(chooser.Choose())));
            uint byRemainder = chooser.ChooseByRemainder(5, i % 5);
            Assert.Equal((uint)i % 5, byRemainder % 5);
            Assert.True(database.TryAdd(Association(byRemainder)));

            Assert.True(chooser.TryChoose(ToeplitzKey.Microsoft, table, source, destination, i % 8, out uint spi));
            source.Write(input);
            destination.Write(input[4..]);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input[8..], spi);
            Assert.Equal(i % 8, table.QueueOf(ToeplitzKey.Microsoft.Hash(input)));
            Assert.True(database.TryAdd(Association(spi)));
        }

        Assert.Equal(3 * 64, database.Count);
        Assert.False(chooser.TryChoose(ToeplitzKey.Microsoft, table, source, destination, 8, out _));
        Assert.True(chooser.TryChoose(ToeplitzKey.Microsoft, table, IPv6Address.Parse("2001:db8::1"), IPv6Address.Parse("2001:db8::2"), 3, out _));
    }

    private static EspInboundSa Association(uint spi) => new(new EspSaOptions
    {
        Spi = spi,
        Algorithm = AeadAlgorithm.ChaCha20Poly1305,
        KeyMaterial = new byte[36],
        ReplayWindow = 32,
        Provider = AeadProvider.All[^1],
    });
}
