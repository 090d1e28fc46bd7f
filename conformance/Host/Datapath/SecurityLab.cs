using System.Security.Cryptography;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Keys in files of a folder of its own, and two ends that hold them: <see cref="Plan"/> is the switch of <see cref="TestPlans"/>
/// with its first two peers protected, <see cref="FarPlan"/> the first peer as a switch, <see cref="Sealed"/> a packet from it.
/// </summary>
internal sealed class SecurityLab : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-keys-").FullName;
    private readonly EspOutboundSa _peer;

    public SecurityLab(SwitchPlan? plan = null, int outbound = 2, long? lifetimeBytes = null)
    {
        Plan = Protect(plan ?? Resolved(), [Security(PeerAddress, outbound, 0x1000, 0x2000) with { LifetimeBytes = lifetimeBytes }, Security(Peer3Address, 1, 0x3000, 0x4000)]);
        _peer = new EspOutboundSa(Options(0x2000));
    }

    /// <summary>The switch.</summary>
    public SwitchPlan Plan { get; }

    /// <summary>The first peer: what is outbound here is inbound there.</summary>
    public SwitchPlan FarPlan
    {
        get
        {
            SecurityPlan near = Plan.Vteps[0].Security[0];
            VtepPlan far = Plan.Vteps[0] with
            {
                Address = new TunnelAddress(PeerAddress),
                Mac = PeerMac,
                StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [new TunnelAddress(TestPlans.VtepAddress)] = VtepMac },
                // Each end keeps the numbers of its own keys; these files are the far machine's copies.
                Security = [near with { Peer = new TunnelAddress(TestPlans.VtepAddress), Outbound = [.. near.Inbound.Select(Copy)], Inbound = [.. near.Outbound.Select(a => a with { Queue = null })] }],
            };
            return Plan with { Vteps = [far], Segments = [.. Plan.Segments.Select(segment => segment with { Peers = segment.Vni is null ? [] : [new TunnelAddress(TestPlans.VtepAddress)] })] };
        }
    }

    /// <summary>Drops after a frame, or the same frame twice, came to the underlay port.</summary>
    public static Dictionary<string, long> After(Func<SecurityLab, byte[]> frame, bool again = false, long? lifetimeBytes = null)
    {
        using var lab = new SecurityLab(lifetimeBytes: lifetimeBytes);
        using var rig = new SwitchRig(lab.Plan);
        byte[] first = frame(lab);
        rig.Pass(Up0, first);
        if (again)
        {
            rig.Pass(Up0, lifetimeBytes is null ? first : frame(lab));
        }

        return rig.Drops();
    }

    /// <summary>A file with a key, readable by its owner alone.</summary>
    public string KeyFile(string name)
    {
        string path = Path.Combine(_folder, name + ".key");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, $"# {name}\n{Convert.ToHexStringLower(Key(name))}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        return path;
    }

    /// <summary>An association and its key file.</summary>
    public AssociationPlan Association(uint spi, int? queue = null) => new() { Spi = spi, Algorithm = AeadAlgorithm.Aes128Gcm, KeyFile = KeyFile($"{spi:x}"), Queue = queue };

    /// <summary>The key of an association, as whoever judges the switch holds it.</summary>
    public static EspSaOptions Options(uint spi) => new()
    {
        Spi = spi,
        Algorithm = AeadAlgorithm.Aes128Gcm,
        KeyMaterial = Key($"{spi:x}"),
        ExtendedSequence = true,
        Udp = new EspUdpPorts(50_000),
    };

    /// <summary>A tunnel packet from the first peer, sealed.</summary>
    public byte[] Sealed(byte[] inner, byte? next = null, IPv4Address? source = null)
    {
        byte[] plain = TestFrames.Vxlan(inner, Vni, VtepMac, PeerMac, source ?? PeerAddress, TestPlans.VtepAddress, frame => frame[23] = next ?? frame[23]);
        return Seal(_peer, plain);
    }

    /// <summary>Opens what the switch sent with its associations.</summary>
    public static EspOpener Opener(params uint[] spis)
    {
        var database = new SecurityAssociationDatabase(16, new HashSeed(1, 2));
        foreach (uint spi in spis)
        {
            Assert.True(database.TryAdd(new EspInboundSa(Options(spi))));
        }

        return new EspOpener(database);
    }

    /// <summary>The frame inside a sealed packet, its tunnel headers taken off.</summary>
    public static byte[] Inside(EspOpener opener, byte[] frame, out uint spi)
    {
        byte[] copy = [.. frame];
        Assert.True(PacketLayout.TryParse(copy, out PacketLayout layout));
        Assert.Equal(EspStatus.Ok, opener.Open(copy, layout, out OpenedFrame opened));
        spi = opened.Spi;
        return copy[(opened.Offset + 50)..(opened.Offset + opened.Length)];
    }

    public void Dispose()
    {
        _peer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] Seal(EspOutboundSa sa, byte[] plain)
    {
        byte[] room = [.. new byte[64], .. plain, .. new byte[EspSealer.MaxTailroom]];
        (int offset, int length) = (64, plain.Length);
        Assert.True(PacketLayout.TryParse(plain, out PacketLayout layout));
        Assert.Equal(EspStatus.Ok, EspSealer.SealTransport(sa, room, ref offset, ref length, layout));
        return room.AsSpan(offset, length).ToArray();
    }

    private static byte[] Key(string name) => SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(name))[..20];

    private static SwitchPlan Protect(SwitchPlan plan, SecurityPlan[] security) => plan with { PoolBufferBytes = Math.Max(plan.PoolBufferBytes, 2304), Vteps = [plan.Vteps[0] with { Security = security }] };

    private SecurityPlan Security(IPv4Address peer, int outbound, uint firstOut, uint inbound) => new()
    {
        Peer = new TunnelAddress(peer),
        Receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, 8)),
        Outbound = [.. Enumerable.Range(0, outbound).Select(i => Association(firstOut + (uint)i, queue: 7 - i))],
        Inbound = [Association(inbound)],
    };

    private AssociationPlan Copy(AssociationPlan association)
    {
        string path = association.KeyFile + "-far";
        File.Copy(association.KeyFile, path, overwrite: true);
        return association with { KeyFile = path };
    }
}
