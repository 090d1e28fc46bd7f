using System.Globalization;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>A port that applications of a machine serve.</summary>
/// <param name="Port">1 to 65,535.</param>
/// <param name="Protocol"><see cref="IpProtocol.Tcp"/> or <see cref="IpProtocol.Udp"/>.</param>
public readonly record struct MeshPort(ushort Port, IpProtocol Protocol) : IComparable<MeshPort>
{
    /// <inheritdoc/>
    public int CompareTo(MeshPort other) => Protocol != other.Protocol ? Protocol.CompareTo(other.Protocol) : Port.CompareTo(other.Port);

    /// <summary>True if <paramref name="left"/> is less.</summary>
    public static bool operator <(MeshPort left, MeshPort right) => left.CompareTo(right) < 0;

    /// <summary>True if <paramref name="left"/> is greater.</summary>
    public static bool operator >(MeshPort left, MeshPort right) => left.CompareTo(right) > 0;

    /// <summary>True if <paramref name="left"/> is less or the same.</summary>
    public static bool operator <=(MeshPort left, MeshPort right) => left.CompareTo(right) <= 0;

    /// <summary>True if <paramref name="left"/> is greater or the same.</summary>
    public static bool operator >=(MeshPort left, MeshPort right) => left.CompareTo(right) >= 0;

    /// <summary><c>tcp/443</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Protocol == IpProtocol.Udp ? "udp" : "tcp")}/{Port}");
}
