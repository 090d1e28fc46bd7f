using Weft.Conformance.CliTests;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Pcap;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>Two switches with a machine each, which encrypt for each other: <c>Machine ── left ══ ESP ══ right ── Remote</c>.</summary>
internal sealed class EncryptionLab : IDisposable
{
    /// <summary>The association from left to right, and from right to left.</summary>
    public const uint ToRight = 0x1001, ToLeft = 0x2002;

    private readonly TemporaryFolder _folder = new();
    private readonly SecurityPlan _shape;

    /// <param name="shape">What both ends agree about beside addresses and associations; null for the defaults of a machine.</param>
    /// <param name="before">Services of the left machine in front of the one that encrypts.</param>
    public EncryptionLab(SecurityPlan? shape = null, params ServicePlan[] before)
    {
        _shape = shape ?? Shape;
        Left = MachinePlans.Rig(LeftPlan(before));
        Right = new SwitchRig(MachinePlans.With(Service(isLeft: false)));
        byte[] hello = Udp(Machine, 9, Remote, 9);
        MacAddress gateway = MacAddress.Read(hello), own = MacAddress.Read(hello.AsSpan(6));
        Right.Pass(Web1, TestFrames.Arp(2, own, gateway, Remote, own, Machine)).Pass(Web2, TestFrames.Arp(2, gateway, own, Machine, gateway, Remote)).AllOut();
    }

    /// <summary>ESP right behind IP, as machines have it where nobody says otherwise.</summary>
    public static SecurityPlan Shape { get; } = new() { Peer = default, UdpEncapsulation = false, Inbound = [], Outbound = [] };

    public SwitchRig Left { get; }

    public SwitchRig Right { get; }

    /// <summary>The plan of the left switch.</summary>
    public SwitchPlan LeftPlan(params ServicePlan[] before) => MachinePlans.With([.. before, Service(isLeft: true)]);

    /// <summary>The service of one end.</summary>
    public ServicePlan Service(bool isLeft, uint? outbound = null) => new()
    {
        Name = "sealed",
        Kind = ServiceKind.Encryption,
        Encryption =
        [
            _shape with
            {
                Peer = new TunnelAddress(isLeft ? Remote : Machine),
                Outbound = [Association(isLeft ? "left" : "right", outbound ?? (isLeft ? ToRight : ToLeft))],
                Inbound = [Association(isLeft ? "left" : "right", isLeft ? ToLeft : ToRight)],
            },
        ],
    };

    /// <summary>What the left machine sends, as it is between the switches.</summary>
    public List<byte[]> Seal(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            Left.Pass(Web1, frame);
        }

        return Left.Out(Web2);
    }

    /// <summary>What reaches the right machine of what comes from outside.</summary>
    public List<byte[]> Open(IEnumerable<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            Right.Pass(Web2, frame);
        }

        return Right.Out(Web1);
    }

    /// <summary>A message of the right machine at the left one.</summary>
    public List<byte[]> Back(byte[] frame)
    {
        Right.Pass(Web1, frame);
        foreach (byte[] under in Right.Out(Web2))
        {
            Left.Pass(Web2, under);
        }

        return Left.Out(Web1);
    }

    /// <summary>Puts frames into a capture for another program.</summary>
    public string Capture(IEnumerable<byte[]> frames)
    {
        string path = _folder.File("sealed.pcap");
        using var writer = new PcapWriter(File.Create(path), new PcapWriterOptions());
        foreach (byte[] frame in frames)
        {
            writer.WritePacket(Start, frame);
        }

        return path;
    }

    /// <summary>Key and salt of an association.</summary>
    public static string Key(uint spi) => Convert.ToHexStringLower(SecurityLab.Options(spi).KeyMaterial.Span);

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        _folder.Dispose();
    }

    /// <summary>An association with its key in a file of one end.</summary>
    public AssociationPlan Association(string side, uint spi)
    {
        string path = _folder.File($"{side}-{spi:x}.key");
        if (!File.Exists(path))
        {
            _ = _folder.Write(Path.GetFileName(path), Key(spi) + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        return new AssociationPlan { Spi = spi, Algorithm = AeadAlgorithm.Aes128Gcm, KeyFile = path };
    }
}
