using System.Reflection;
using Weft.Conformance.PacketsTests;
using Weft.Conformance.Support;
using Weft.Fuzz.Targets;
using Weft.Packets;

namespace Weft.Conformance.HostileTests;

/// <summary>A view that is added later is attacked as well, or this fails.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class NothingIsLeftOutTests
{
    private const byte CallOpcode = 0x28;

    private static readonly HashSet<MethodInfo> Attacked =
        [.. CalledBy(typeof(Touch)).Concat(CalledBy(typeof(EveryEntry)))];

    [Fact]
    public void Every_way_to_read_bytes_that_packets_offers_is_offered_hostile_ones()
    {
        MethodInfo[] entries = [.. typeof(PacketLayout).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(IsEntry)];
        Assert.True(entries.Length > 20, $"only {entries.Length} entries found");
        Assert.Empty(entries.Except(Attacked).Select(Name));
    }

    [Fact]
    public void A_call_that_is_not_there_is_missed() =>
        Assert.DoesNotContain(typeof(InternetChecksum).GetMethod(nameof(InternetChecksum.Sum))!, Attacked);

    private static bool IsEntry(MethodInfo method) =>
        method.ReturnType == typeof(bool)
        && (method.Name.StartsWith("TryParse", StringComparison.Ordinal) || method.Name.StartsWith("TryRead", StringComparison.Ordinal))
        && method.GetParameters()[0].ParameterType == typeof(ReadOnlySpan<byte>);

    /// <summary>The methods whose calls stand in the bodies of a type: a token behind each byte that may be a call.</summary>
    private static IEnumerable<MethodInfo> CalledBy(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (MethodInfo method in type.GetMethods(All))
        {
            byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
            for (int at = 0; at + 4 < code.Length; at++)
            {
                if (code[at] == CallOpcode && Resolve(type.Module, BitConverter.ToInt32(code, at + 1)) is MethodInfo called)
                {
                    yield return called;
                }
            }
        }
    }

    private static MethodBase? Resolve(Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token);
        }
        catch (Exception notAToken) when (notAToken is ArgumentException or BadImageFormatException)
        {
            return null;
        }
    }

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
