using System.Globalization;

namespace Weft.Mesh;

/// <summary>
/// The ports of the agent's listeners. The number of a service's port is cut to as many bits as the range has, and the bits cut off
/// choose the listener's address: so every service has a listener of its own, whatever others there are.
/// </summary>
/// <remarks>
/// The range is not to meet the ports that the system gives to clients (<c>net.ipv4.ip_local_port_range</c>, 32768 to 60999 on Linux) nor
/// those that applications serve: a server that listens to a port at every address has it at the listener's, too.
/// </remarks>
public readonly record struct RedirectPorts
{
    /// <summary>Fewest ports.</summary>
    public const int MinCount = 256;

    /// <summary>61440 to 65535, above what Linux gives to clients.</summary>
    public static RedirectPorts Default => new(61440, 4096);

    /// <summary>Creates a range.</summary>
    /// <param name="first">The first port, at least 1,024.</param>
    /// <param name="count">How many: a power of two from <see cref="MinCount"/> to 32,768. The range ends at 65,535 at the latest.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is outside its range.</exception>
    public RedirectPorts(int first, int count)
    {
        if (!IsValid(first, count))
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Redirect ports must be a power of two of {MinCount} to 32768, from 1024 on and not beyond 65535; got {count} from {first}.");
        }

        First = (ushort)first;
        Count = count;
    }

    /// <summary>The first port.</summary>
    public ushort First { get; }

    /// <summary>How many ports, a power of two.</summary>
    public int Count { get; }

    /// <summary>How many listener addresses the services of one address need.</summary>
    internal int Chunks => (ushort.MaxValue + 1) / Count;

    /// <summary>True if a range can be made of these.</summary>
    public static bool IsValid(int first, int count) =>
        first is >= 1024 and <= ushort.MaxValue && count is >= MinCount and <= 32768 && int.IsPow2(count) && first + count - 1 <= ushort.MaxValue;

    /// <summary>True if the port is one of the range.</summary>
    public bool Contains(ushort port) => port >= First && port - First < Count;

    /// <summary><c>61440-65535</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{First + Count - 1}");

    /// <summary>The listener's port for a service's port.</summary>
    internal ushort PortFor(ushort service) => (ushort)(First + (service & (Count - 1)));

    /// <summary>Which of the listener addresses it has.</summary>
    internal int ChunkFor(ushort service) => service / Count;
}
