using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Writes what stands in front of a mirrored frame in ERSPAN of type II or III: an IP header, GRE with a sequence number, and
/// <code>
/// II   ver 4 | VLAN 12 | COS 3 | En 2 | T 1 | session 10 | reserved 12 | index 20
/// III  ver 4 | VLAN 12 | COS 3 | BSO 2 | T 1 | session 10 | timestamp 32 | SGT 16 | P 1 | FT 5 | hw 6 | D 1 | Gra 2 | O 1
/// </code>
/// </summary>
/// <remarks>One instance a session. Nothing is allocated after construction.</remarks>
public sealed class ErspanWriter
{
    private const EtherType TypeTwo = (EtherType)0x88BE, TypeThree = (EtherType)0x22EB;
    private const int GreWithSequence = 8;
    private const int Version2 = 1, Version3 = 2;

    /// <summary>A tag that is part of the frame (type II section 4.1).</summary>
    private const int TagInFrame = 3;

    /// <summary>Timestamps of type III count hundreds of nanoseconds here (granularity 01).</summary>
    private const int HundredNanoseconds = 1;

    private readonly ErspanOptions _options;
    private uint _sequence;

    /// <summary>Creates a writer.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public ErspanWriter(ErspanOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        HeaderBytes = (options.IsIPv4 ? IPv4Header.MinLength : IPv6Header.Length) + GreWithSequence + (options.Type == 2 ? 8 : 12);
    }

    /// <summary>Bytes from the IP header to the mirrored frame.</summary>
    public int HeaderBytes { get; }

    /// <summary>Goes on with the sequence numbers of another writer of the session.</summary>
    public void CarryOver(ErspanWriter earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        _sequence = earlier._sequence;
    }

    /// <summary>True for a packet that is itself a mirror's: it must never be mirrored, or it would be for ever.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    public static bool IsErspan(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.Protocol == IpProtocol.Gre && layout.HasL4 && GreView.TryParse(frame[layout.L4Offset..layout.EndOffset], out GreView gre) && gre.ProtocolType is TypeTwo or TypeThree;

    /// <summary>Writes the headers in front of a frame.</summary>
    /// <param name="headers"><see cref="HeaderBytes"/> bytes.</param>
    /// <param name="frameBytes">Bytes of the frame as it is mirrored.</param>
    /// <param name="vlan">Its VLAN; 0 if unknown.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="isTagged">Whether the frame has its tag.</param>
    /// <param name="isTruncated">Whether bytes were cut off.</param>
    /// <param name="isEgress">Whether it was leaving.</param>
    /// <param name="now">The time.</param>
    public void Write(Span<byte> headers, int frameBytes, ushort vlan, byte priority, bool isTagged, bool isTruncated, bool isEgress, Timestamp now)
    {
        int ip = _options.IsIPv4 ? IPv4Header.MinLength : IPv6Header.Length;
        Span<byte> gre = headers[ip..];
        Span<byte> erspan = headers[(ip + GreWithSequence)..HeaderBytes];
        _ = new GreHeader(_options.Type == 2 ? TypeTwo : TypeThree) { SequenceNumber = _sequence++ }.Write(gre);
        int version = _options.Type == 2 ? Version2 : Version3;
        int middle = _options.Type == 2 && isTagged ? TagInFrame : 0;
        BinaryPrimitives.WriteUInt16BigEndian(erspan, (ushort)(version << 12 | vlan));
        BinaryPrimitives.WriteUInt16BigEndian(erspan[2..], (ushort)(priority << 13 | middle << 11 | (isTruncated ? 1 : 0) << 10 | _options.Session));
        if (_options.Type == 2)
        {
            erspan[4..8].Clear();
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(erspan[4..], (uint)(now.Nanoseconds / 100));
            BinaryPrimitives.WriteUInt32BigEndian(erspan[8..], (uint)((isEgress ? 1 : 0) << 3 | HundredNanoseconds << 1));
        }

        WriteIp(headers, HeaderBytes - ip + frameBytes);
    }

    private void WriteIp(Span<byte> headers, int payload)
    {
        if (_options.IsIPv4)
        {
            _ = new IPv4Header { Protocol = IpProtocol.Gre, TimeToLive = _options.HopLimit, Dscp = _options.Dscp, PayloadLength = payload, DontFragment = false, Source = new IPv4Address((uint)_options.Source.Low), Destination = new IPv4Address((uint)_options.Destination.Low) }.Write(headers);
        }
        else
        {
            _ = new IPv6Header { NextHeader = IpProtocol.Gre, HopLimit = _options.HopLimit, Dscp = _options.Dscp, PayloadLength = payload, Source = _options.Source, Destination = _options.Destination }.Write(headers);
        }
    }
}
