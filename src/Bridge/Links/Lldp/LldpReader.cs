using System.Buffers.Binary;

namespace Weft.Bridge;

/// <summary>Reads one LLDPDU into a scratch neighbour, by the rules of IEEE 802.1AB clause 9.2.7.7.</summary>
internal static class LldpReader
{
    /// <returns>False if the mandatory TLVs are damaged, missing, out of order or there twice; then the whole unit is discarded.</returns>
    public static bool TryRead(ReadOnlySpan<byte> unit, LldpNeighbor into, ref LldpCounters counters)
    {
        into.Clear();
        uint seen = 0;
        bool damaged = false;
        for (int index = 0; TryNext(ref unit, out int type, out ReadOnlySpan<byte> value, ref damaged); index++)
        {
            // The first three are the mandatory ones in their order, and nowhere else.
            bool isMandatory = type is >= LldpTlv.ChassisId and <= LldpTlv.TimeToLive;
            if (isMandatory != index < 3 || (isMandatory && type != index + 1))
            {
                counters.InErrors++;
                return false;
            }

            if (isMandatory ? !TryReadMandatory(type, value, into) : type == LldpTlv.End)
            {
                damaged |= isMandatory || value.Length > 0;
                break;
            }

            seen |= isMandatory ? 1u << type : 0;
            if (!isMandatory)
            {
                ReadOptional(type, value, into, ref seen, ref counters, ref damaged);
            }
        }

        counters.InErrors += damaged ? 1 : 0;
        const uint mandatory = (1u << LldpTlv.ChassisId) | (1u << LldpTlv.PortId) | (1u << LldpTlv.TimeToLive);
        return (seen & mandatory) == mandatory;
    }

    private static bool TryNext(ref ReadOnlySpan<byte> unit, out int type, out ReadOnlySpan<byte> value, ref bool damaged)
    {
        type = 0;
        value = default;
        if (unit.Length < LldpTlv.HeaderLength)
        {
            damaged |= unit.Length > 0;
            return false;
        }

        int header = BinaryPrimitives.ReadUInt16BigEndian(unit);
        type = header >> 9;
        int length = header & LldpTlv.MaxLength;
        if (length > unit.Length - LldpTlv.HeaderLength)
        {
            damaged = true;
            return false;
        }

        value = unit.Slice(LldpTlv.HeaderLength, length);
        unit = unit[(LldpTlv.HeaderLength + length)..];
        return true;
    }

    private static bool TryReadMandatory(int type, ReadOnlySpan<byte> value, LldpNeighbor into)
    {
        if (type == LldpTlv.TimeToLive)
        {
            if (value.Length < sizeof(ushort))
            {
                return false;
            }

            into.TimeToLive = BinaryPrimitives.ReadUInt16BigEndian(value);
            return true;
        }

        // One octet of subtype and 1 to 255 of identifier (clauses 8.5.2.1 and 8.5.3.1).
        if (value.Length is < 2 or > LldpAgentOptions.MaxText + 1)
        {
            return false;
        }

        if (type == LldpTlv.ChassisId)
        {
            into.ChassisSubtype = value[0];
            into.ChassisText.Set(value[1..]);
        }
        else
        {
            into.PortSubtype = value[0];
            into.PortText.Set(value[1..]);
        }

        return true;
    }

    private static void ReadOptional(int type, ReadOnlySpan<byte> value, LldpNeighbor into, ref uint seen, ref LldpCounters counters, ref bool damaged)
    {
        bool taken = type switch
        {
            LldpTlv.PortDescription => TryReadOnce(type, value, into.PortDescriptionText, ref seen),
            LldpTlv.SystemName => TryReadOnce(type, value, into.NameText, ref seen),
            LldpTlv.SystemDescription => TryReadOnce(type, value, into.DescriptionText, ref seen),
            LldpTlv.SystemCapabilities => TryReadCapabilities(value, into, ref seen),
            LldpTlv.ManagementAddress => TryReadManagement(value, into),
            LldpTlv.Organization => TryReadOrganization(value, into, ref counters),
            _ => Unrecognized(ref counters),
        };
        if (!taken)
        {
            counters.TlvsDiscarded++;
            damaged = true;
        }
    }

    private static bool TryReadOnce(int type, ReadOnlySpan<byte> value, LldpText text, ref uint seen)
    {
        bool valid = value.Length <= LldpAgentOptions.MaxText && (seen & (1u << type)) == 0;
        if (valid)
        {
            seen |= 1u << type;
            text.Set(value);
        }

        return valid;
    }

    private static bool TryReadCapabilities(ReadOnlySpan<byte> value, LldpNeighbor into, ref uint seen)
    {
        const uint bit = 1u << LldpTlv.SystemCapabilities;
        bool valid = value.Length >= 4 && (seen & bit) == 0;
        if (valid)
        {
            seen |= bit;
            (into.Capabilities, into.EnabledCapabilities) = (BinaryPrimitives.ReadUInt16BigEndian(value), BinaryPrimitives.ReadUInt16BigEndian(value[2..]));
        }

        return valid;
    }

    /// <summary>Length of subtype and address, subtype, 1 to 31 octets, then the interface (5 octets) and an object identifier (clause 8.5.9).</summary>
    private static bool TryReadManagement(ReadOnlySpan<byte> value, LldpNeighbor into)
    {
        if (value.Length < 1 || value[0] is < 2 or > LldpTlv.MaxManagementAddress + 1 || value.Length < 1 + value[0] + 6)
        {
            return false;
        }

        if (into.ManagementAddress.IsEmpty)
        {
            into.ManagementFamily = value[1];
            into.AddressText.Set(value.Slice(2, value[0] - 1));
        }

        return true;
    }

    private static bool TryReadOrganization(ReadOnlySpan<byte> value, LldpNeighbor into, ref LldpCounters counters)
    {
        if (value.Length < LldpTlv.OrganizationHeaderLength)
        {
            return false;
        }

        uint kind = BinaryPrimitives.ReadUInt32BigEndian(value);
        ReadOnlySpan<byte> content = value[LldpTlv.OrganizationHeaderLength..];
        if (kind is ((LldpTlv.Ieee8021 << 8) | LldpTlv.PortVlan) or ((LldpTlv.Ieee8023 << 8) | LldpTlv.MaxFrameSize))
        {
            if (content.Length < sizeof(ushort))
            {
                return false;
            }

            ushort number = BinaryPrimitives.ReadUInt16BigEndian(content);
            (into.Pvid, into.MaxFrameBytes) = kind >> 8 == LldpTlv.Ieee8021 ? (number, into.MaxFrameBytes) : (into.Pvid, number);
            return true;
        }

        return Unrecognized(ref counters);
    }

    private static bool Unrecognized(ref LldpCounters counters)
    {
        counters.TlvsUnrecognized++;
        return true;
    }
}
