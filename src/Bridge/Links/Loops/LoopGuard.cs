using System.Buffers.Binary;
using System.Security.Cryptography;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Finds loops behind the ports of a switch: probes leave by every guarded port, and one that comes back has been round. It is handed frames and the
/// time, hands probes to a sink, and says what came back; what is done about it is the caller's.
/// </summary>
/// <remarks>
/// <para>
/// A probe goes to a group address that every bridge forwards, not to one that bridges keep for themselves as those of a spanning tree are: loops are
/// made by devices that speak none. It names the port it left by, is numbered, and is signed with a secret of this switch alone (HMAC-SHA-256), so
/// that nobody can make one. What can be done is to send back one that was received; whoever does so is a loop, behind the port he is at: shut
/// <see cref="LoopSighting.ReceivedAt"/>, and only he is cut off. Late copies say nothing.
/// </para>
/// <para>One instance, one thread. Nothing is allocated after construction.</para>
/// </remarks>
public sealed class LoopGuard : IDisposable
{
    /// <summary>Most probes that leave by a port at a time.</summary>
    public const int VlansAtOnce = 64;

    /// <summary>Probes of a port that left after one which is still taken to say what is now.</summary>
    private const uint MaxAge = 2;

    private const int IdentityShift = 16;

    private readonly LoopGuardOptions _options;
    private readonly Port[] _ports;
    private readonly MessageAuthenticator _authenticator;
    private readonly ulong _identity;
    private readonly byte[] _frame = new byte[LoopProbe.Length + VlanTag.Length];
    private LoopCounters _counters;

    /// <summary>Creates a guard.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public LoopGuard(LoopGuardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _ports = [.. options.Ports.Select(port => new Port { NextDue = port.Vlans.Count > 0 ? options.Start : Timestamp.MaxValue })];
        Span<byte> seed = stackalloc byte[HashSeed.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(seed, options.Seed.High);
        BinaryPrimitives.WriteUInt64LittleEndian(seed[8..], options.Seed.Low);
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        _ = HMACSHA256.HashData(seed, "loop probe"u8, key);
        _authenticator = new MessageAuthenticator(key);
        // On the wire in clear, so it is made of the secret in a way that does not give it away.
        _ = HMACSHA256.HashData(key, "identity"u8, key);
        _identity = BinaryPrimitives.ReadUInt64LittleEndian(key) >> IdentityShift;
    }

    /// <summary>When a probe is due; the greatest timestamp if none ever is.</summary>
    public Timestamp NextDue { get; private set; }

    /// <summary>What was sent and seen.</summary>
    public ref readonly LoopCounters Counters => ref _counters;

    /// <summary>True for what <see cref="Receive"/> should be asked about; costs a comparison.</summary>
    public static bool MayBeProbe(ReadOnlySpan<byte> frame) => frame.Length >= MacAddress.Length && MacAddress.Read(frame) == LoopProbe.Destination;

    /// <summary>Sends the probes that are due.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes the probes.</param>
    public void Advance<TSink>(Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        Timestamp next = Timestamp.MaxValue;
        for (int number = 0; number < _ports.Length; number++)
        {
            ref Port port = ref _ports[number];
            if (now >= port.NextDue)
            {
                Probe(number, ref port, ref sink);
                // What was missed while nobody called is not made up for.
                port.NextDue = now + _options.Ports[number].Interval;
            }

            next = port.NextDue < next ? port.NextDue : next;
        }

        NextDue = next;
    }

    /// <summary>Judges a frame.</summary>
    /// <param name="port">Number of the port that received it.</param>
    /// <param name="frame">The frame from its Ethernet header on, with any tag.</param>
    /// <param name="sighting">What a probe that came back says; meaningful for <see cref="LoopVerdict.Loop"/>.</param>
    public LoopVerdict Receive(int port, ReadOnlySpan<byte> frame, out LoopSighting sighting)
    {
        sighting = default;
        if (!LoopProbe.TryRead(frame, _identity, _authenticator, out ushort sender, out uint vlan, out uint sequence, out bool isGenuine))
        {
            return LoopVerdict.NotMine;
        }

        if (!isGenuine || sender >= _ports.Length)
        {
            _counters.Forged++;
            return LoopVerdict.Forged;
        }

        if (_ports[sender].Sequence - sequence > MaxAge)
        {
            _counters.Late++;
            return LoopVerdict.Late;
        }

        _counters.Returned++;
        sighting = new LoopSighting(sender, port, (ushort)vlan);
        return LoopVerdict.Loop;
    }

    /// <summary>Frees what the operating system holds for the secret. The guard must not be used afterwards.</summary>
    public void Dispose() => _authenticator.Dispose();

    private void Probe<TSink>(int number, ref Port port, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        IReadOnlyList<ushort> vlans = _options.Ports[number].Vlans;
        port.Sequence++;
        for (int count = Math.Min(vlans.Count, VlansAtOnce); count > 0; count--)
        {
            ushort vlan = vlans[port.Next];
            port.Next = (port.Next + 1) % vlans.Count;
            int length = LoopProbe.Write(_frame, _options.Mac, vlan, _identity, (ushort)number, vlan, port.Sequence, _authenticator);
            sink.Send(number, _frame.AsSpan(0, length));
            _counters.Sent++;
        }
    }

    private struct Port
    {
        public Timestamp NextDue;
        public uint Sequence;
        public int Next;
    }
}
