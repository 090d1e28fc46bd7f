using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Ports that share memory with another process.</summary>
internal static class MemifValidator
{
    /// <summary>Bytes of a path that the address of a Unix socket holds.</summary>
    private const int MaxPathBytes = 107;

    public static void Validate(ValidationContext context)
    {
        var sockets = new HashSet<string>(StringComparer.Ordinal);
        foreach (PortSection port in context.Document.Ports.Where(port => port.Type.IsKnown))
        {
            if (port.Type.Value != PortKind.Memif)
            {
                Refuse(port.Memif.IsWritten, port.Memif.At, "this key has no meaning for a port of another type than memif", context);
                continue;
            }

            Refuse(port.Device.IsWritten, port.Device.At, "this key has no meaning for a port of type memif: it has a socket, not a device", context);
            Refuse(port.NetworkNamespace.IsWritten, port.NetworkNamespace.At, "this key has no meaning for a port of type memif: sockets with a path have no network namespace", context);
            Refuse(port.Driver.IsWritten, port.Driver.At, "this key has no meaning for a port of type memif: only af_packet ports have a driver", context);
            Refuse(port.Read.IsWritten, port.Read.At, "this key has no meaning for a port of type memif: only pcap ports read a capture", context);
            Refuse(port.Write.IsWritten, port.Write.At, "this key has no meaning for a port of type memif: only pcap ports write a capture", context);
            Validate(port, sockets, context);
        }
    }

    private static void Validate(PortSection port, HashSet<string> sockets, ValidationContext context)
    {
        MemifSection memif = port.Memif;
        if (!memif.Socket.IsWritten)
        {
            context.Problems.Error(memif.IsWritten ? memif.At : port.At, "the key 'socket' is missing, which a port of type memif needs", "memif: {socket: PATH}");
        }
        else if (memif.Socket.IsKnown)
        {
            string path = context.Resolve(memif.Socket.Value);
            if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            {
                context.Problems.Error(memif.Socket.At, $"the path {Quoted.Of(path)} is longer than the address of a socket", $"{MaxPathBytes} bytes at most");
            }
            else if (!sockets.Add(path))
            {
                context.Problems.Error(memif.Socket.At, $"the socket {Quoted.Of(memif.Socket.Value)} belongs to another port already");
            }
        }

        if (memif.Slots.IsKnown && !int.IsPow2(memif.Slots.Value))
        {
            context.Problems.Error(memif.Slots.At, $"{memif.Slots.Value} slots", "a power of two from 64 to 16384");
        }
    }

    private static void Refuse(bool isWritten, Location at, string why, ValidationContext context)
    {
        if (isWritten)
        {
            context.Problems.Error(at, why);
        }
    }
}
