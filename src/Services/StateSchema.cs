using System.Buffers.Binary;
using System.Text;

namespace Weft.Services;

/// <summary>
/// What the services of a set keep of each flow, in order: the two ends of a move compare it before a byte of state is sent.
/// </summary>
internal static class StateSchema
{
    private const byte Version = 1;
    private const int MaxKindBytes = 64;

    /// <summary>Bytes of one set's description, at most.</summary>
    public const int MaxBytes = 2 + ServiceSet.MaxServices * (6 + MaxKindBytes);

    /// <summary>Describes services.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<ServiceSlot> slots, Span<byte> into)
    {
        (into[0], into[1]) = (Version, (byte)slots.Length);
        int at = 2;
        foreach (ServiceSlot slot in slots)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(into[at..], slot.Info.StateVersion);
            BinaryPrimitives.WriteUInt16LittleEndian(into[(at + 2)..], (ushort)slot.StateBytes);
            into[at + 4] = (byte)slot.Info.State;
            int kind = Encoding.UTF8.GetBytes(slot.Info.Kind, into.Slice(at + 6, MaxKindBytes));
            into[at + 5] = (byte)kind;
            at += 6 + kind;
        }

        return at;
    }

    /// <summary>Reads a description and compares it with services: the same kinds in the same order. Versions may differ; the services convert.</summary>
    /// <param name="bytes">The description.</param>
    /// <param name="slots">The services.</param>
    /// <param name="parts">Gets version and length of each service's state; as long as <paramref name="slots"/>.</param>
    public static bool TryMatch(ReadOnlySpan<byte> bytes, ReadOnlySpan<ServiceSlot> slots, Span<StatePart> parts)
    {
        if (bytes.Length < 2 || bytes[0] != Version || bytes[1] != slots.Length)
        {
            return false;
        }

        bytes = bytes[2..];
        for (int i = 0; i < slots.Length; i++)
        {
            if (bytes.Length < 6 || bytes.Length < 6 + bytes[5])
            {
                return false;
            }

            parts[i] = new StatePart(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]), (StateKind)bytes[4]);
            if (parts[i].Bytes > ServiceSet.MaxStateBytes || Encoding.UTF8.GetString(bytes.Slice(6, bytes[5])) != slots[i].Info.Kind)
            {
                return false;
            }

            bytes = bytes[(6 + bytes[5])..];
        }

        return bytes.IsEmpty;
    }
}

/// <summary>One service's state in an export.</summary>
internal readonly record struct StatePart(ushort Version, ushort Bytes, StateKind Kind);
