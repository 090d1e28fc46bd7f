using Weft.Bfd;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.BfdTests;

/// <summary>FRR's bfdd on the other side of a wire.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class BfdFrrLiveTests
{
    private const string Zebra = "/usr/lib/frr/zebra";
    private const string Bfdd = "/usr/lib/frr/bfdd";
    private static readonly MacAddress OwnMac = MacAddress.Parse("02:00:00:00:0b:01");
    private static readonly MacAddress FrrMac = MacAddress.Parse("02:00:00:00:0b:02");

    [Theory]
    [InlineData(50)]
    [InlineData(10)]
    public void Peers_with_bfdd_stays_up_and_detects_its_end(int milliseconds)
    {
        LiveRequirements.Need("ip", "sysctl");
        Assert.SkipUnless(File.Exists(Bfdd) && File.Exists(Zebra), "needs FRR's bfdd and zebra");
        using var ours = NetNamespace.Create();
        using var theirs = NetNamespace.Create();
        ours.AddVeth("sw", theirs, "frr0");
        theirs.SetMac("frr0", FrrMac.ToString());
        theirs.AddAddress("frr0", "10.9.0.2/24");
        theirs.Ip("neigh", "add", "10.9.0.1", "lladdr", OwnMac.ToString(), "dev", "frr0", "nud", "permanent");
        // FRR gives up its privileges, so its files must be its user's.
        string folder = $"/tmp/{theirs.Name}";
        Directory.CreateDirectory(folder);
        try
        {
            File.WriteAllText($"{folder}/bfdd.conf", $"""
                bfd
                 peer 10.9.0.1 interface frr0
                  detect-multiplier 3
                  receive-interval {milliseconds}
                  transmit-interval {milliseconds}
                  no shutdown
                """);
            File.WriteAllText($"{folder}/zebra.conf", "");
            Command.Run("chown", "-R", "frr:frr", folder).Required();
            using RunningCommand zebra = theirs.Start(Zebra, "-f", $"{folder}/zebra.conf", "-i", $"{folder}/zebra.pid", "-z", $"{folder}/zebra.sock", "--vty_socket", folder, "--log", "stdout");
            Assert.True(Wait.Until(() => File.Exists($"{folder}/zebra.sock"), TimeSpan.FromSeconds(30), () => zebra.HasExited), zebra.Output + zebra.Error);
            RunningCommand bfdd = theirs.Start(Bfdd, "-f", $"{folder}/bfdd.conf", "-i", $"{folder}/bfdd.pid", "-z", $"{folder}/zebra.sock", "--vty_socket", folder, "--bfdctl", $"{folder}/bfdd.sock", "--log", "stdout");
            try
            {
                Converse(ours, bfdd, milliseconds);
            }
            finally
            {
                bfdd.Dispose();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Converse(NetNamespace ours, RunningCommand bfdd, int milliseconds)
    {
        var interval = TimeSpan.FromMilliseconds(milliseconds);
        using var port = new AfPacketPort("bfd", new AfPacketOptions { Device = "sw", NetworkNamespace = ours.Name });
        using var wire = new BfdWire(port, new BfdSession(
            new BfdSessionOptions { Discriminator = 77, DesiredMinTx = interval, RequiredMinRx = interval, JitterSeed = 5 }, Timestamp.FromMonotonicClock()),
            new BfdPath { LocalMac = OwnMac, RemoteMac = FrrMac, Local = BfdPathTests.Address("10.9.0.1"), Remote = BfdPathTests.Address("10.9.0.2") });

        Assert.True(wire.RunUntil(session => session.State == BfdState.Up, TimeSpan.FromSeconds(15)), $"not up: {bfdd.Output}{bfdd.Error}");
        // The agreed rhythm, after the poll sequences of both sides.
        Assert.True(wire.RunUntil(session => session.DetectionTime == 3 * interval && session.TransmitInterval == interval, TimeSpan.FromSeconds(30)), $"{wire.Session.DetectionTime}");
        BfdCounters after = default;
        bool stays = false;
        // A busy machine may keep either side from running for as long as the other one waits; a second in which it did not is proof.
        for (int attempt = 0; attempt < 20 && !stays; attempt++)
        {
            Assert.True(wire.RunUntil(session => session.State == BfdState.Up, TimeSpan.FromSeconds(15)), $"not up again: {bfdd.Output}{bfdd.Error}");
            BfdCounters before = wire.Session.Counters;
            wire.RunUntil(_ => false, TimeSpan.FromSeconds(1));
            after = wire.Session.Counters;
            stays = before.WentDown == after.WentDown && after.Accepted - before.Accepted >= 500 / milliseconds;
        }

        Assert.True(stays, "it sends as often as agreed and stays up for a second");
        Assert.Equal(0, after.Malformed + after.NotSingleHop + after.UnknownDiscriminator + after.AuthenticationMismatch);

        bfdd.Dispose();
        Assert.True(wire.RunUntil(session => session.State == BfdState.Down, TimeSpan.FromSeconds(30)), "its end is noticed");
        Assert.True(wire.Session.Diagnostic is BfdDiagnostic.ControlDetectionTimeExpired or BfdDiagnostic.NeighborSignaledDown);
    }

    /// <summary>A session at a real port.</summary>
    private sealed class BfdWire(AfPacketPort port, BfdSession session, BfdPath path) : IDisposable
    {
        private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 128, BufferBytes = 2048 });
        private readonly Packet[] _burst = new Packet[32];

        public BfdSession Session => session;

        public bool RunUntil(Func<BfdSession, bool> holds, TimeSpan atMost)
        {
            for (Timestamp end = Timestamp.FromMonotonicClock() + atMost; Timestamp.FromMonotonicClock() < end;)
            {
                Step(Timestamp.FromMonotonicClock());
                if (holds(session))
                {
                    return true;
                }

                Thread.Sleep(1);
            }

            return false;
        }

        public void Dispose() => _pool.Dispose();

        private void Step(Timestamp now)
        {
            int count = port.Receive(_pool, _burst, now);
            foreach (Packet packet in _burst.AsSpan(0, count))
            {
                ReadOnlySpan<byte> frame = _pool.Bytes(packet);
                if (PacketLayout.TryParse(frame, out PacketLayout layout) && path.TryFind(frame, layout, out ReadOnlySpan<byte> payload, out byte ttl))
                {
                    session.Receive(payload, ttl, now);
                }

                _pool.Return(packet);
            }

            while (session.TryPoll(now, out BfdControlPacket control) && _pool.TryRent(out Packet packet))
            {
                _pool.TrySetLength(ref packet, BfdPath.MaxFrameLength);
                _pool.TrySetLength(ref packet, path.Write(_pool.Bytes(packet), control));
                _ = port.Send(_pool, [packet], now);
                _pool.Return(packet);
            }
        }
    }
}
