using System.Reflection;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>Holds "who may know whom" of docs/architecture against the built assemblies.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed partial class WhoMayKnowWhomTests
{
    /// <summary>The rooms that are not engines, each with the packages that it may refer to. Every other room is an engine.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Weft.Packets"] = [],
        ["Weft.Flows"] = ["Weft.Packets"],
        ["Weft.Pcap"] = ["Weft.Packets"],
        ["Weft.Ports"] = ["Weft.Packets", "Weft.Pcap"],
        ["Weft.Cluster"] = ["Weft.Packets"],
        ["Weft.MeshAgent"] = ["Weft.Packets", "Weft.Flows", "Weft.Mesh"],
        ["Weft.AlarmStore"] = ["Weft.Analytics"],
    };

    private static readonly string[] EngineMayKnow = ["Weft.Packets", "Weft.Flows"];

    // The host's records carry addresses and the states of ports; who prints a record meets their types, but no engine's.
    private static readonly string[] ValuesOfTheHost = ["Weft.Packets", "Weft.Ports"];

    // What would make an engine depend on anything but its arguments, by full name or namespace.
    private static readonly string[] InputAndOutput =
    [
        "System.IO.", "System.Net.Sockets.", "System.Net.Http.", "System.Net.Security.", "System.Net.NetworkInformation.", "System.Net.Dns",
        "System.Console", "System.Diagnostics.Process", "Microsoft.Extensions.", "Microsoft.Win32.SafeHandles.SafeFileHandle",
    ];

    private static readonly string[] ClocksThreadsAndChance =
    [
        "System.Diagnostics.Stopwatch", "System.TimeProvider", "System.Threading.Thread", "System.Threading.Timer", "System.Threading.Tasks.",
        "System.Threading.Monitor", "System.Threading.Lock", "System.Threading.SemaphoreSlim", "System.Threading.Mutex", "System.Threading.ReaderWriterLockSlim",
        "System.Random", "System.Diagnostics.Tracing.",
    ];

    private static readonly string[] ForbiddenMembers =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
    ];

    // The one place that turns the machine's clock into a Timestamp, so that the host and its tests need no second one.
    private static readonly string[] TimestampMaySay = ["System.Diagnostics.Stopwatch"];

    // The one source of chance that is allowed: a secret for a keyed hash, made by the caller's side of Weft.Packets.
    private static readonly string[] MaySeedHashes = ["Weft.Packets", "Weft.Flows"];

    public static TheoryData<string> Packages => [.. BuiltAssembly.Packages.Keys];

    public static TheoryData<string> SansIo => [.. BuiltAssembly.Packages.Keys.Where(IsSansIo)];

    [Fact]
    public void Every_project_under_src_was_built_and_is_judged_here()
    {
        string[] projects = [.. Repository.Files(Repository.File("src")).Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension)!];
        Assert.NotEmpty(projects);
        Assert.Empty(projects.Except(BuiltAssembly.Packages.Keys, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_refers_only_to_the_packages_below_it(string package)
    {
        string[] known = [.. BuiltAssembly.Packages[package].References.Where(BuiltAssembly.IsPackage)];
        Assert.Empty(known.Except(MayKnow(package)));
    }

    [Fact]
    public void Nobody_knows_the_executable_and_only_the_executable_knows_the_host()
    {
        foreach (BuiltAssembly assembly in BuiltAssembly.Packages.Values.Where(assembly => !IsExecutable(assembly.Name)))
        {
            Assert.DoesNotContain(assembly.References, IsExecutable);
            Assert.DoesNotContain("Weft.Host", assembly.References);
        }
    }

    [Fact]
    public void The_executable_takes_nothing_but_values_past_the_host()
    {
        BuiltAssembly executable = BuiltAssembly.Packages.Values.Single(assembly => IsExecutable(assembly.Name));
        string project = File.ReadAllText(Repository.File("src/Weft/Weft.csproj"));
        Assert.Equal(["../Host/Weft.Host.csproj"], ProjectReference().Matches(project).Select(match => match.Groups[1].Value));
        Assert.All(
            executable.UsedTypes.Where(type => ValuesOfTheHost.Any(room => type.StartsWith(room + ".", StringComparison.Ordinal))),
            type => Assert.True(AssemblyOf(type).GetType(type)!.IsValueType, $"{type} is more than a value"));
    }

    [Theory]
    [MemberData(nameof(SansIo))]
    public void What_stands_below_the_host_and_is_no_port_does_no_input_or_output(string package) =>
        Assert.Empty(Offences(package, InputAndOutput));

    [Theory]
    [MemberData(nameof(SansIo))]
    public void It_has_no_clock_no_thread_no_lock_and_no_chance_of_its_own(string package)
    {
        string[] offences = [.. Offences(package, ClocksThreadsAndChance).Except(package == "Weft.Packets" ? TimestampMaySay : [])];
        Assert.Empty(offences);
        Assert.Empty(BuiltAssembly.Packages[package].UsedMembers.Intersect(ForbiddenMembers));
        if (!MaySeedHashes.Contains(package))
        {
            Assert.Empty(Offences(package, ["System.Security.Cryptography.RandomNumberGenerator"]));
        }
    }

    [Fact]
    public void These_rules_can_fail()
    {
        // Ports do input and output: the same questions, asked of them, must find something.
        Assert.NotEmpty(Offences("Weft.Ports", InputAndOutput.Concat(ClocksThreadsAndChance)));
        Assert.NotEmpty(Offences("Weft.Pcap", InputAndOutput));
        Assert.Contains("Weft.Packets", BuiltAssembly.Packages["Weft.Ports"].References);
    }

    private static string[] MayKnow(string package)
    {
        if (IsExecutable(package))
        {
            return ["Weft.Host", .. ValuesOfTheHost];
        }

        if (package == "Weft.Host")
        {
            return [.. BuiltAssembly.Packages.Keys.Where(IsBelowTheHost)];
        }

        return Rooms.TryGetValue(package, out string[]? known) ? known : EngineMayKnow;
    }

    private static Assembly AssemblyOf(string type) => Assembly.Load(ValuesOfTheHost.Single(room => type.StartsWith(room + ".", StringComparison.Ordinal)));

    [GeneratedRegex("<ProjectReference Include=\"([^\"]*)\"")]
    private static partial Regex ProjectReference();

    private static bool IsExecutable(string name) => name.Equals("weft", StringComparison.OrdinalIgnoreCase);

    private static bool IsBelowTheHost(string name) => name != "Weft.Host" && !IsExecutable(name);

    private static bool IsSansIo(string name) => IsBelowTheHost(name) && name is not ("Weft.Ports" or "Weft.Pcap" or "Weft.Cluster" or "Weft.MeshAgent" or "Weft.AlarmStore");

    private static IEnumerable<string> Offences(string package, IEnumerable<string> names) => BuiltAssembly.Packages[package].UsedTypes.Where(type =>
        names.Any(name => name.EndsWith('.') ? type.StartsWith(name, StringComparison.Ordinal) : type == name || type.StartsWith(name + "+", StringComparison.Ordinal)));
}
