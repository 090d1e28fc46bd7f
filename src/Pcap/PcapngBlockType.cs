namespace Weft.Pcap;

/// <summary>Types of pcapng block (draft-ietf-opsawg-pcapng); any other value is a block unknown here, carried as bytes.</summary>
public enum PcapngBlockType : uint
{
    /// <summary>Interface Description Block.</summary>
    InterfaceDescription = 0x0000_0001,

    /// <summary>Packet Block, obsolete: read, never written.</summary>
    ObsoletePacket = 0x0000_0002,

    /// <summary>Simple Packet Block: no interface, no timestamp.</summary>
    SimplePacket = 0x0000_0003,

    /// <summary>Name Resolution Block.</summary>
    NameResolution = 0x0000_0004,

    /// <summary>Interface Statistics Block.</summary>
    InterfaceStatistics = 0x0000_0005,

    /// <summary>Enhanced Packet Block.</summary>
    EnhancedPacket = 0x0000_0006,

    /// <summary>Decryption Secrets Block.</summary>
    DecryptionSecrets = 0x0000_000A,

    /// <summary>Custom Block that may be copied to a new file.</summary>
    Custom = 0x0000_0BAD,

    /// <summary>Custom Block that must not be copied to a new file.</summary>
    CustomNotCopied = 0x4000_0BAD,

    /// <summary>Section Header Block; the value reads the same in both byte orders.</summary>
    SectionHeader = 0x0A0D_0D0A,
}
