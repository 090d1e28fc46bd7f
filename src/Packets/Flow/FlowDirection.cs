namespace Weft.Packets;

/// <summary>Which way a packet goes relative to the canonical form of its flow key.</summary>
/// <remarks>It says nothing about who opened the connection: the canonical form only orders the two endpoints by number.</remarks>
public enum FlowDirection : byte
{
    /// <summary>The packet's own key is the canonical one: its source endpoint is the smaller, or both are the same.</summary>
    Forward = 0,

    /// <summary>The packet's key is the canonical one reversed.</summary>
    Reverse = 1,
}
