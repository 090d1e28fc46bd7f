using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Links;

/// <summary>The address by which neighbours know the switch.</summary>
internal static class LinkIdentity
{
    /// <summary>06:57 — locally administered, beside 02:57 of tunnel endpoints.</summary>
    private const ulong Prefix = 0x0657_0000_0000;

    /// <summary>The configured address, or one that stays the same as long as the name does.</summary>
    public static MacAddress Of(SwitchPlan plan) => plan.Mac ?? new MacAddress(Prefix | BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(plan.Name))));
}
