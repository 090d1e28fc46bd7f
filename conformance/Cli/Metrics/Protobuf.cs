using System.Text;

namespace Weft.Conformance.CliTests;

/// <summary>As much of protocol buffers' wire format as it takes to read what an exporter sent, independent of whoever wrote it.</summary>
internal static class Protobuf
{
    /// <summary>The fields of a message: number, and the octets, or the number in eight octets.</summary>
    public static List<(int Number, byte[] Value)> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, byte[])>();
        while (message.Length > 0)
        {
            ulong tag = Varint(ref message);
            byte[] value;
            switch (tag & 7)
            {
                case 0:
                    value = BitConverter.GetBytes(Varint(ref message));
                    break;
                case 1:
                    value = message[..8].ToArray();
                    message = message[8..];
                    break;
                case 2:
                    int length = (int)Varint(ref message);
                    value = message[..length].ToArray();
                    message = message[length..];
                    break;
                default:
                    value = message[..4].ToArray();
                    message = message[4..];
                    break;
            }

            fields.Add(((int)(tag >> 3), value));
        }

        return fields;
    }

    /// <summary>The values of the fields on a path of numbers.</summary>
    public static IEnumerable<byte[]> At(byte[] message, params int[] path) => path.Length == 0
        ? [message]
        : Fields(message).Where(field => field.Number == path[0]).SelectMany(field => At(field.Value, path[1..]));

    /// <summary>The same as text.</summary>
    public static IEnumerable<string> TextAt(byte[] message, params int[] path) => At(message, path).Select(Encoding.UTF8.GetString);

    private static ulong Varint(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte octet = from[0];
            from = from[1..];
            value |= (ulong)(octet & 0x7F) << shift;
            if (octet < 0x80)
            {
                return value;
            }
        }
    }
}
