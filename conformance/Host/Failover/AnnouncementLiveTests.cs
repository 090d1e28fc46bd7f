using System.Globalization;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Announcements through a veth, ours and Open vSwitch's: the same octets, every table re-pointed, and how long it takes for five
/// thousand with WEFT_FAILOVER_RUNS set, or for two hundred.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class AnnouncementLiveTests(ITestOutputHelper output)
{
    /// <summary>As many as the figures are about where they are asked for; as many as any queue holds otherwise.</summary>
    private static readonly int Machines = Environment.GetEnvironmentVariable("WEFT_FAILOVER_RUNS") is null ? 200 : 5000;

    private const int RarpLength = 42;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public void Announcements_are_octet_for_octet_those_of_open_vswitch_and_both_networks_follow()
    {
        LiveRequirements.Need("tcpdump", "bridge");
        Dictionary<MacAddress, byte[]> theirs = OfOpenVSwitch();
        Dictionary<MacAddress, byte[]> ours = OfWeft();
        Assert.Equal(Machines, theirs.Count);
        Assert.All(theirs, announcement => Assert.Equal(announcement.Value, ours[announcement.Key]));
    }

    private Dictionary<MacAddress, byte[]> OfOpenVSwitch()
    {
        using var lab = new OvsBondLab();
        SendFrom(lab.Machines, "v0", OverlayMachine, () => lab.Learned("02:00:00:01:") >= Machines);
        using var first = new Capture(lab.Peer, "p1");
        using var second = new Capture(lab.Peer, "p2");
        List<(Timestamp At, byte[] Frame)> seen = [];
        bool isThere = Wait.Until(
            () =>
            {
                // It says everything once. What got lost it says again on the other member, when that one is the only one left.
                int active = lab.Active;
                lab.Peer.Ip("link", "set", $"p{3 - active}", "up");
                lab.Peer.Ip("link", "set", $"p{active}", "down");
                return Wait.Until(() => (seen = [.. first.Read(IsTheirs), .. second.Read(IsTheirs)]).DistinctBy(MachineOf).Count() >= Machines, TimeSpan.FromSeconds(10));
            },
            Patience);
        Assert.True(isThere, $"{seen.DistinctBy(MachineOf).Count()} of {Machines}");
        if (seen.Count == Machines)
        {
            Print("Open vSwitch, bond", seen);
        }

        return seen.DistinctBy(MachineOf).ToDictionary(MachineOf, announcement => announcement.Frame);

        static bool IsTheirs(byte[] frame) => IsRarp(frame) && frame[2] == 0xff;

        static MacAddress MachineOf((Timestamp At, byte[] Frame) announcement) => MacAddress.Read(announcement.Frame.AsSpan(6));
    }

    private Dictionary<MacAddress, byte[]> OfWeft()
    {
        using var lab = new FailoverLab(50);
        lab.Start(0);
        lab.Start(1);
        _ = lab.AwaitPair();
        // Machines of the overlay are told to the VLAN, those of the VLAN to the overlay.
        SendFrom(lab.Host, "vx0", OverlayMachine, () => lab.Known(0).Tunnelled >= Machines && lab.Known(1).Tunnelled >= Machines);
        SendFrom(lab.Silent, "s0", VlanMachine, () => lab.Known(0).Machines >= Machines && lab.Known(1).Machines >= Machines);
        // Before one is chosen: on a busy machine the role may move by itself, and it is told but once.
        using var vlan0 = new Capture(lab.Vlan, "vn0");
        using var vlan1 = new Capture(lab.Vlan, "vn1");
        using var overlay = new Capture(lab.Host, "u0");
        int active = lab.AwaitPair();
        int other = 1 - active;
        lab.Signal(active, "KILL");
        List<(Timestamp At, byte[] Frame)> toVlan = (other == 0 ? vlan0 : vlan1).Take(Machines, frame => IsRarp(frame, tagBytes: 4));
        List<(Timestamp At, byte[] Frame)> toOverlay = overlay.Take(Machines, frame => frame.Length == 50 + RarpLength && IsRarp(frame.AsSpan(50)));
        Print("weft, into the VLAN", toVlan);
        Print("weft, into the overlay", toOverlay);

        int moved = 0;
        bool hasMoved = Wait.Until(() => (moved = CountOf(lab.SwitchTable(), "02:00:00:01:", line => line.Trim().StartsWith($"{other + 1} ", StringComparison.Ordinal))) >= Machines, Patience);
        Assert.True(hasMoved, $"{moved} of {Machines} moved in Open vSwitch\n{lab.Story()}");
        string elsewhere = $"dst 192.0.2.{other + 1} ";
        string table = "";
        bool hasFollowed = Wait.Until(
            () => CountOf(table = lab.Host.Run("bridge", "fdb", "show", "dev", "vx0").Output, "02:00:00:02:", line => line.Contains(elsewhere, StringComparison.Ordinal)) >= Machines, Patience);
        Assert.True(hasFollowed, $"{CountOf(table, "02:00:00:02:", line => line.Contains(elsewhere, StringComparison.Ordinal))} of {CountOf(table, "02:00:00:02:", _ => true)} followed\n{lab.Story()}");
        // Nobody is announced to where he is.
        Assert.DoesNotContain(toVlan, announcement => announcement.Frame[9] == 2);
        Assert.DoesNotContain(toOverlay, announcement => announcement.Frame[59] == 1);
        Assert.All(toVlan, announcement => Assert.Equal("8100000a", Convert.ToHexStringLower(announcement.Frame.AsSpan(12, 4))));
        // Without its tag it is the untagged form.
        return toVlan.DistinctBy(announcement => MacAddress.Read(announcement.Frame.AsSpan(6)))
            .ToDictionary(announcement => MacAddress.Read(announcement.Frame.AsSpan(6)), announcement => (byte[])[.. announcement.Frame[..12], .. announcement.Frame[16..]]);
    }

    private static MacAddress OverlayMachine(int number) => new(0x0200_0001_0000UL + (uint)number);

    private static MacAddress VlanMachine(int number) => new(0x0200_0002_0000UL + (uint)number);

    private static int CountOf(string table, string prefix, Func<string, bool> isRight) =>
        table.Split('\n').Count(line => line.Contains(prefix, StringComparison.Ordinal) && isRight(line));

    private static bool IsRarp(ReadOnlySpan<byte> frame, int tagBytes = 0) =>
        frame.Length >= RarpLength + tagBytes && frame[12 + tagBytes] == 0x80 && frame[13 + tagBytes] == 0x35 && frame[8] == 0 && frame[9] is 1 or 2;

    /// <summary>Every machine speaks once, and again until all are known.</summary>
    private static void SendFrom(NetNamespace space, string device, Func<int, MacAddress> machine, Func<bool> areKnown)
    {
        using var port = new AfPacketPort("talk", new AfPacketOptions { Device = device, NetworkNamespace = space.Name });
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64, BufferBytes = 2048 });
        bool known = Wait.Until(
            () =>
            {
                for (int number = 0; number < Machines; number++)
                {
                    Assert.True(pool.TryRent(out Packet packet));
                    _ = pool.TrySetLength(ref packet, 60);
                    Span<byte> frame = pool.Bytes(packet);
                    frame.Clear();
                    _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = machine(number), EtherType = EtherType.Experimental1 }.Write(frame);
                    _ = port.Send(pool, [packet], Timestamp.FromMonotonicClock());
                    pool.Return(packet);
                    if (number % 32 == 0)
                    {
                        // Whoever learns them needs its time.
                        Thread.Sleep(1);
                    }
                }

                return Wait.Until(areKnown, TimeSpan.FromSeconds(5));
            },
            Patience);
        Assert.True(known, "not all machines became known");
    }

    private void Print(string who, List<(Timestamp At, byte[] Frame)> seen) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{who}: {Machines} announcements in {(seen[Machines - 1].At - seen[0].At).TotalMilliseconds:0.0} ms"));

    /// <summary>tcpdump at a device, whose kernel timestamps do not depend on when it runs.</summary>
    private sealed class Capture : IDisposable
    {
        private readonly string _path = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}.pcap");
        private readonly RunningCommand _tcpdump;

        public Capture(NetNamespace space, string device)
        {
            _tcpdump = space.Start("tcpdump", "-i", device, "-U", "-n", "--nano", "-Z", "root", "-B", "65536", "-Q", device[0] == 'v' || device[0] == 'p' || device[0] == 'u' ? "in" : "inout", "-w", _path);
            Assert.True(_tcpdump.WaitForOutput("listening", Patience), _tcpdump.Error);
        }

        /// <summary>Waits until so many frames of different machines are there and ends the capture.</summary>
        public List<(Timestamp At, byte[] Frame)> Take(int count, Func<byte[], bool> isWanted)
        {
            List<(Timestamp At, byte[] Frame)> seen = [];
            bool isThere = Wait.Until(() => (seen = Read(isWanted)).Count >= count, Patience);
            Assert.True(isThere, $"{seen.Count} of {count}: {_tcpdump.Error}");
            return seen;
        }

        public void Dispose()
        {
            _tcpdump.Dispose();
            File.Delete(_path);
        }

        /// <summary>What it has seen so far.</summary>
        public List<(Timestamp At, byte[] Frame)> Read(Func<byte[], bool> isWanted)
        {
            var seen = new List<(Timestamp At, byte[] Frame)>();
            using var reader = new PcapReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            if (reader.TryReadHeader())
            {
                while (reader.TryRead(out PcapPacket packet))
                {
                    byte[] frame = packet.Data.ToArray();
                    if (isWanted(frame))
                    {
                        seen.Add((packet.Timestamp, frame));
                    }
                }
            }

            return seen;
        }
    }
}
