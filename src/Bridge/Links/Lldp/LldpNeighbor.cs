using Weft.Packets;

namespace Weft.Bridge;

/// <summary>A neighbour that an <see cref="LldpAgent"/> heard. The agent uses the object again once the neighbour is gone.</summary>
public sealed class LldpNeighbor
{
    private readonly LldpText _chassis = new();
    private readonly LldpText _port = new();
    private readonly LldpText _portDescription = new();
    private readonly LldpText _name = new();
    private readonly LldpText _description = new();
    private readonly LldpText _address = new(LldpTlv.MaxManagementAddress);

    internal LldpNeighbor()
    {
    }

    /// <summary>Number of the local port that it was heard at.</summary>
    public int LocalPort { get; internal set; }

    /// <summary>Kind of its chassis ID (IEEE 802.1AB table 8-2): 4 is a MAC address, 5 a network address, the others are text.</summary>
    public byte ChassisSubtype { get; internal set; }

    /// <summary>Its chassis ID, 1 to 255 octets.</summary>
    public ReadOnlySpan<byte> Chassis => _chassis.Bytes;

    /// <summary>Kind of its port ID (IEEE 802.1AB table 8-3): 3 is a MAC address, 4 a network address, the others are text.</summary>
    public byte PortSubtype { get; internal set; }

    /// <summary>Its port ID, 1 to 255 octets.</summary>
    public ReadOnlySpan<byte> Port => _port.Bytes;

    /// <summary>Description of its port in UTF-8; empty if it said none.</summary>
    public ReadOnlySpan<byte> PortDescription => _portDescription.Bytes;

    /// <summary>Name of the system in UTF-8; empty if it said none.</summary>
    public ReadOnlySpan<byte> SystemName => _name.Bytes;

    /// <summary>Description of the system in UTF-8; empty if it said none.</summary>
    public ReadOnlySpan<byte> SystemDescription => _description.Bytes;

    /// <summary>What the system can be (IEEE 802.1AB table 8-4): 0x04 a bridge, 0x08 an access point, 0x10 a router, 0x80 a station.</summary>
    public ushort Capabilities { get; internal set; }

    /// <summary>What of <see cref="Capabilities"/> it is at the moment.</summary>
    public ushort EnabledCapabilities { get; internal set; }

    /// <summary>Family of <see cref="ManagementAddress"/> (IANA address family numbers): 1 is IPv4, 2 IPv6, 6 a MAC address.</summary>
    public byte ManagementFamily { get; internal set; }

    /// <summary>The first address under which it is managed; empty if it said none.</summary>
    public ReadOnlySpan<byte> ManagementAddress => _address.Bytes;

    /// <summary>VLAN of its untagged frames; 0 if it said none.</summary>
    public ushort Pvid { get; internal set; }

    /// <summary>Its longest frame; 0 if it said none.</summary>
    public ushort MaxFrameBytes { get; internal set; }

    /// <summary>Seconds for which it wants to be remembered.</summary>
    public ushort TimeToLive { get; internal set; }

    /// <summary>When it was heard first.</summary>
    public Timestamp Since { get; internal set; }

    /// <summary>When it will be forgotten unless it speaks again.</summary>
    public Timestamp Expires { get; internal set; }

    internal bool IsUsed { get; set; }

    internal LldpText ChassisText => _chassis;

    internal LldpText PortText => _port;

    internal LldpText PortDescriptionText => _portDescription;

    internal LldpText NameText => _name;

    internal LldpText DescriptionText => _description;

    internal LldpText AddressText => _address;

    internal void Clear()
    {
        (ChassisSubtype, PortSubtype, Capabilities, EnabledCapabilities, ManagementFamily, Pvid, MaxFrameBytes, TimeToLive) = (0, 0, 0, 0, 0, 0, 0, 0);
        foreach (LldpText text in (ReadOnlySpan<LldpText>)[_chassis, _port, _portDescription, _name, _description, _address])
        {
            text.Clear();
        }
    }

    /// <summary>True if it is the same port of the same system (the MSAP identifier).</summary>
    internal bool IsSameEnd(LldpNeighbor other) =>
        ChassisSubtype == other.ChassisSubtype && PortSubtype == other.PortSubtype && Chassis.SequenceEqual(other.Chassis) && Port.SequenceEqual(other.Port);

    /// <summary>True if it said the same, apart from times.</summary>
    internal bool SaysTheSame(LldpNeighbor other) =>
        (Capabilities, EnabledCapabilities, ManagementFamily, Pvid, MaxFrameBytes) == (other.Capabilities, other.EnabledCapabilities, other.ManagementFamily, other.Pvid, other.MaxFrameBytes)
        && PortDescription.SequenceEqual(other.PortDescription)
        && SystemName.SequenceEqual(other.SystemName)
        && SystemDescription.SequenceEqual(other.SystemDescription)
        && ManagementAddress.SequenceEqual(other.ManagementAddress);

    internal void CopyFrom(LldpNeighbor other)
    {
        (LocalPort, ChassisSubtype, PortSubtype, Capabilities) = (other.LocalPort, other.ChassisSubtype, other.PortSubtype, other.Capabilities);
        (EnabledCapabilities, ManagementFamily, Pvid, MaxFrameBytes) = (other.EnabledCapabilities, other.ManagementFamily, other.Pvid, other.MaxFrameBytes);
        (TimeToLive, Since, Expires) = (other.TimeToLive, other.Since, other.Expires);
        _chassis.Set(other.Chassis);
        _port.Set(other.Port);
        _portDescription.Set(other.PortDescription);
        _name.Set(other.SystemName);
        _description.Set(other.SystemDescription);
        _address.Set(other.ManagementAddress);
    }
}
