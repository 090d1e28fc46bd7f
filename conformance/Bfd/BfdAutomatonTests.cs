using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Bfd;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BfdTests;

/// <summary>
/// A session beside the procedures of RFC 5880 sections 6.8.4, 6.8.6 and 6.8.16, written down as the standard has them, sentence by sentence, over
/// any sequence of packets, damaged ones included, and of time. What is discarded changes nothing.
/// </summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class BfdAutomatonTests
{
    private const uint Ours = 0x847c3b6c;
    private const uint Theirs = 0xec464b5a;
    private const uint RequiredMinRx = 50_000;

    private static readonly uint[] Intervals = [10_000, 50_000, 80_000, 1_000_000];
    private static readonly int[] Pauses = [1, 9, 10, 49, 50, 149, 150, 151, 239, 240, 1000, 3000];

    /// <summary>What happens: most often a packet, which is damaged in one place or in none.</summary>
    private readonly record struct Step(int Kind, int Pause, int State, int Damage, int Multiplier, int Interval, int Names, int Flags);

    [Fact]
    public void Any_sequence_of_packets_and_time_leads_where_the_standard_says()
    {
        Gen<Step> step =
            from kind in Gen.Choose(0, 19)
            from pause in Gen.Choose(0, Pauses.Length - 1)
            from state in Gen.Choose(0, 3)
            from damage in Gen.Choose(0, 15)
            from multiplier in Gen.Choose(1, 4)
            from interval in Gen.Choose(0, Intervals.Length - 1)
            from names in Gen.Choose(0, 9)
            from flags in Gen.Choose(0, 3)
            select new Step(kind, pause, state, damage, multiplier, interval, names, flags);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), Agrees).Check(Chance.Of(3000).WithEndSize(150));
    }

    private static bool Agrees(Step[] walk)
    {
        Timestamp now = Timestamp.FromSeconds(100);
        var session = new BfdSession(new BfdSessionOptions { Discriminator = Ours, RequiredMinRx = TimeSpan.FromMicroseconds(RequiredMinRx) }, now);
        var model = new Automaton();
        foreach (Step step in walk)
        {
            switch (step.Kind)
            {
                case < 6:
                    now += TimeSpan.FromMilliseconds(Pauses[step.Pause]);
                    break;
                case 6:
                    session.AdminDown(now);
                    model.AdminDown();
                    break;
                case 7:
                    session.AdminUp(now);
                    model.AdminUp();
                    break;
                default:
                    byte timeToLive = step.Damage == 0 ? (byte)254 : (byte)255;
                    byte[] packet = Packet(step);
                    model.Time(now);
                    BfdReceiveVerdict verdict = session.Receive(packet, timeToLive, now);
                    Assert.Equal(model.Receive(packet, timeToLive, now), verdict is BfdReceiveVerdict.Accepted or BfdReceiveVerdict.AdministrativelyDown);
                    break;
            }

            model.Time(now);
            while (session.TryPoll(now, out BfdControlPacket sent))
            {
                Assert.Equal((model.State, model.Diagnostic, Ours, model.RemoteDiscriminator), (sent.State, sent.Diagnostic, sent.MyDiscriminator, sent.YourDiscriminator));
            }

            Assert.Equal((model.State, model.Diagnostic, model.RemoteDiscriminator), (session.State, session.Diagnostic, session.RemoteDiscriminator));
        }

        return true;
    }

    private static byte[] Packet(Step step)
    {
        byte[] packet = new byte[step.Damage == 7 ? 23 : 24 + (step.Flags == 3 ? 4 : 0)];
        Span<byte> whole = stackalloc byte[28];
        whole[0] = (byte)((step.Damage == 1 ? 2 : 1) << 5 | (step.Pause & 7));
        whole[1] = (byte)(step.State << 6 | (step.Flags == 1 ? 0x20 : 0) | (step.Damage == 2 ? 0x04 : 0) | (step.Damage == 3 ? 0x01 : 0));
        whole[2] = (byte)(step.Damage == 4 ? 0 : step.Multiplier);
        whole[3] = step.Damage switch { 5 => 23, 6 => 40, _ => 24 };
        BinaryPrimitives.WriteUInt32BigEndian(whole[4..], step.Damage == 8 ? 0 : Theirs);
        BinaryPrimitives.WriteUInt32BigEndian(whole[8..], step.Names switch { 0 => 0, 1 => Ours + 1, _ => Ours });
        BinaryPrimitives.WriteUInt32BigEndian(whole[12..], Intervals[step.Interval]);
        BinaryPrimitives.WriteUInt32BigEndian(whole[16..], 50_000);
        whole[..packet.Length].CopyTo(packet);
        return packet;
    }

    /// <summary>The standard's variables and procedures, without anything that makes them fast or safe.</summary>
    private sealed class Automaton
    {
        private Timestamp? _heard;
        private double _remoteMinTx;
        private int _remoteMultiplier;

        public BfdState State { get; private set; } = BfdState.Down;

        public BfdDiagnostic Diagnostic { get; private set; }

        public uint RemoteDiscriminator { get; private set; }

        /// <summary>Section 6.8.4: a detection time has passed without a packet.</summary>
        public void Time(Timestamp now)
        {
            double detection = _remoteMultiplier * Math.Max(RequiredMinRx, _remoteMinTx);
            if (_heard is not Timestamp heard || (now - heard).TotalMicroseconds < detection)
            {
                return;
            }

            _heard = null;
            RemoteDiscriminator = 0;
            if (State is BfdState.Init or BfdState.Up)
            {
                (State, Diagnostic) = (BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired);
            }
        }

        /// <summary>Section 6.8.16.</summary>
        public void AdminDown() => (State, Diagnostic, _heard) = (BfdState.AdminDown, BfdDiagnostic.AdministrativelyDown, null);

        public void AdminUp() => State = State == BfdState.AdminDown ? BfdState.Down : State;

        /// <summary>Section 6.8.6, and 5 of RFC 5881.</summary>
        /// <returns>False if the packet was discarded before anything was taken from it.</returns>
        public bool Receive(ReadOnlySpan<byte> packet, byte timeToLive, Timestamp now)
        {
            if (timeToLive != 255 || packet.Length < 24 || packet[0] >> 5 != 1)
            {
                return false;
            }

            bool isAuthenticated = (packet[1] & 0x04) != 0;
            var heard = (BfdState)(packet[1] >> 6);
            uint my = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
            uint your = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
            bool isDiscarded = packet[3] < (isAuthenticated ? 26 : 24) || packet[3] > packet.Length || packet[2] == 0 || (packet[1] & 0x01) != 0 || my == 0
                || (your != 0 && your != Ours) || (your == 0 && heard is not (BfdState.Down or BfdState.AdminDown)) || isAuthenticated;
            if (isDiscarded)
            {
                return false;
            }

            RemoteDiscriminator = my;
            _remoteMinTx = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
            _remoteMultiplier = packet[2];
            if (State == BfdState.AdminDown)
            {
                return true;
            }

            if (heard == BfdState.AdminDown)
            {
                if (State != BfdState.Down)
                {
                    (State, Diagnostic) = (BfdState.Down, BfdDiagnostic.NeighborSignaledDown);
                }
            }
            else if (State == BfdState.Down)
            {
                // To Init if the other side is down, to Up if it is in Init; Up is none of its business yet.
                GoTo(heard == BfdState.Down ? BfdState.Init : heard == BfdState.Init ? BfdState.Up : State);
            }
            else if (State == BfdState.Init)
            {
                GoTo(heard is BfdState.Init or BfdState.Up ? BfdState.Up : State);
            }
            else if (heard == BfdState.Down)
            {
                (State, Diagnostic) = (BfdState.Down, BfdDiagnostic.NeighborSignaledDown);
            }

            _heard = now;
            return true;
        }

        private void GoTo(BfdState state)
        {
            Diagnostic = state == BfdState.Up && State != BfdState.Up ? BfdDiagnostic.None : Diagnostic;
            State = state;
        }
    }
}
