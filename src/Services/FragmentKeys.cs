using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Reads which datagram a fragment belongs to.</summary>
internal static class FragmentKeys
{
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out FragmentKey4 key)
    {
        key = default;
        if (!layout.IsIPv4 || !IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View view))
        {
            return false;
        }

        key = FragmentKey4.Of(view, scope);
        return true;
    }

    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out FragmentKey6 key)
    {
        key = default;
        if (!layout.IsIPv6 || !IPv6View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv6View view) || !view.TryGetFragmentHeader(out IPv6FragmentHeader fragment))
        {
            return false;
        }

        key = new FragmentKey6(view.Source, view.Destination, fragment.Identification, scope);
        return true;
    }
}
