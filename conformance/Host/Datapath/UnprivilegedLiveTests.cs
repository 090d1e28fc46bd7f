using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>The switch as the service of the packaging runs it: a user of no rights, with three capabilities and no way to get more.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class UnprivilegedLiveTests : IDisposable
{
    private const string Capabilities = "+net_admin,+net_raw,+bpf";
    private const string Nobody = "65534";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-nobody-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_user_of_no_rights_with_three_capabilities_runs_it_and_nobody_else_reads_its_socket()
    {
        LiveRequirements.Need("setpriv", "ping", "chown", "stat");
        LiveRequirements.NeedTap();
        // The user may be unable to read where the tests were built.
        string program = Path.Combine(_folder, "weft");
        Directory.CreateDirectory(program);
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
        {
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        }

        string state = Path.Combine(_folder, "state"), configuration = Path.Combine(_folder, "switch.yaml"), socket = Path.Combine(state, "weft.sock");
        Directory.CreateDirectory(state);
        File.WriteAllText(configuration, $$"""
            schema: weft/1
            switch: {name: unprivileged, controlSocket: "{{socket}}"}
            ports:
              - {name: m1, type: af_packet, device: m1, vlan: {id: 10} }
              - {name: m2, type: af_packet, device: m2, vlan: {id: 10} }
              - {name: t0, type: tap, device: wt0, vlan: {id: 10} }
            segments: [{name: lan, vlan: 10}]
            """);
        Command.Run("chown", "-R", $"{Nobody}:{Nobody}", state).Required();
        Command.Run("chmod", "-R", "a+rX", _folder).Required();
        using var middle = NetNamespace.Create();
        using var one = NetNamespace.Create();
        using var two = NetNamespace.Create();
        foreach ((NetNamespace machine, int number) in new[] { (one, 1), (two, 2) })
        {
            middle.AddVeth($"m{number}", machine, "eth0");
            machine.AddAddress("eth0", $"10.0.0.{number}/24");
        }

        using RunningCommand process = middle.Start(
            "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--inh-caps", $"-all,{Capabilities}", "--ambient-caps", $"-all,{Capabilities}", "--bounding-set", $"-all,{Capabilities}",
            "--no-new-privs", "env", $"HOME={state}", "DOTNET_EnableDiagnostics=0", "dotnet", Path.Combine(program, "weft.dll"), "run", configuration);
        string weft = Path.Combine(AppContext.BaseDirectory, "weft.dll");
        Assert.True(Wait.Until(() => Command.Run(Patience, "dotnet", weft, "show", "ports", "--socket", socket).Succeeded, Patience, () => process.HasExited), process.Error);
        Assert.True(Wait.Until(() => one.Run("ping", "-c1", "-W1", "10.0.0.2").Succeeded, Patience), process.Error);
        Assert.Equal($"{Nobody} 600", Command.Run("stat", "-c", "%u %a", socket).Required().Output.Trim());
        middle.Ip("link", "show", "dev", "wt0");
    }
}
