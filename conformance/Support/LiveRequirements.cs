namespace Weft.Conformance.Support;

/// <summary>What a live test needs from the machine. Each call skips the running test with a reason if it is not there.</summary>
public static class LiveRequirements
{
    /// <summary>Root, network namespaces and the named programs.</summary>
    public static void Need(params string[] programs)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root to make network namespaces");
        NeedPrograms([.. programs, "ip"]);
        Assert.SkipUnless(NamespacesWork.Value is null, $"cannot make network namespaces here: {NamespacesWork.Value}");
    }

    /// <summary>Programs only, for tests that ask another implementation to judge files and need no privilege.</summary>
    public static void NeedPrograms(params string[] programs)
    {
        foreach (string program in programs)
        {
            Assert.SkipUnless(Command.Exists(program), $"needs the program {program}");
        }
    }

    /// <summary>The TUN/TAP driver.</summary>
    public static void NeedTap() => Assert.SkipUnless(File.Exists("/dev/net/tun"), "needs /dev/net/tun");

    private static readonly Lazy<string?> NamespacesWork = new(() =>
    {
        try
        {
            using var first = NetNamespace.Create();
            using var second = NetNamespace.Create();
            first.AddVeth("probe0", second, "probe1");
            return null;
        }
        catch (InvalidOperationException refused)
        {
            return refused.Message;
        }
    });
}
