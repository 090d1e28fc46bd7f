using System.Text;
using Weft.Flows.Hashing;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// Which alarm it is, by RFC 8632 section 3.2: the resource that has the trouble, the type of the alarm, and a qualifier for types
/// that are not known beforehand. Raising the same identity twice is one alarm.
/// </summary>
/// <param name="Resource">The machine, process or entity.</param>
/// <param name="Type">The alarm's type.</param>
/// <param name="Qualifier">0 if the type alone says it.</param>
public readonly record struct AlarmIdentity(ulong Resource, ulong Type, ulong Qualifier)
{
    /// <summary>The identity of names, hashed with a secret; an empty qualifier is 0.</summary>
    public static AlarmIdentity Of(HashSeed seed, string resource, string type, string qualifier = "") =>
        new(Hash(seed, resource), Hash(seed, type), qualifier.Length == 0 ? 0 : Hash(seed, qualifier));

    private static ulong Hash(HashSeed seed, string name) => SipHash24.Hash(seed, Encoding.UTF8.GetBytes(name));
}
