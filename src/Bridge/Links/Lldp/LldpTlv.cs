namespace Weft.Bridge;

/// <summary>
/// Numbers of LLDP's type-length-values (IEEE 802.1AB clause 8.4). Each begins with two octets: seven bits of type, nine of length.
/// </summary>
internal static class LldpTlv
{
    public const int HeaderLength = 2;
    public const int MaxLength = 0x1FF;

    public const int End = 0;
    public const int ChassisId = 1;
    public const int PortId = 2;
    public const int TimeToLive = 3;
    public const int PortDescription = 4;
    public const int SystemName = 5;
    public const int SystemDescription = 6;
    public const int SystemCapabilities = 7;
    public const int ManagementAddress = 8;
    public const int Organization = 127;

    public const byte ChassisMac = 4;
    public const byte PortInterfaceName = 5;

    /// <summary>Most octets of a management address (clause 8.5.9.4).</summary>
    public const int MaxManagementAddress = 31;
    public const byte FamilyIPv4 = 1;
    public const byte FamilyIPv6 = 2;

    /// <summary>The interface number of a management address is not known (clause 8.5.9.5).</summary>
    public const byte InterfaceUnknown = 1;

    public const ushort CapabilityBridge = 0x04;
    public const ushort CapabilityRouter = 0x10;

    /// <summary>IEEE 802.1: 1 is the port VLAN (802.1Q annex D.2.1), 7 the link aggregation (802.1AX annex F).</summary>
    public const uint Ieee8021 = 0x00_80C2;
    public const byte PortVlan = 1;
    public const byte LinkAggregation = 7;

    /// <summary>IEEE 802.3: 4 is the maximum frame size (clause 79.3.4).</summary>
    public const uint Ieee8023 = 0x00_120F;
    public const byte MaxFrameSize = 4;

    public const int OrganizationHeaderLength = 4;
}
