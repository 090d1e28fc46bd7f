using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>The switch between two machines through AF_XDP.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class AfXdpLiveTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-xdp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Machines_talk_through_it_and_after_a_kill_their_devices_are_the_kernels_again()
    {
        LiveRequirements.Need("ping", "python3", "ethtool");
        using var middle = NetNamespace.Create();
        using var one = NetNamespace.Create();
        using var two = NetNamespace.Create();
        foreach ((NetNamespace machine, int number) in new[] { (one, 1), (two, 2) })
        {
            middle.AddVeth($"m{number}", machine, "eth0");
            machine.AddAddress("eth0", $"10.0.0.{number}/24");
            // What the machine leaves to its device nobody would do.
            machine.Run("ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off");
        }

        string configuration = Path.Combine(_folder, "switch.yaml"), socket = Path.Combine(_folder, "weft.sock");
        File.WriteAllText(configuration, $$"""
            schema: weft/1
            switch: {name: xdp, controlSocket: "{{socket}}"}
            ports:
              - {name: m1, type: af_xdp, device: m1, networkNamespace: {{middle.Name}}, vlan: {id: 10} }
              - {name: m2, type: af_xdp, device: m2, networkNamespace: {{middle.Name}}, vlan: {id: 10} }
            segments: [{name: lan, vlan: 10}]
            """);
        string weft = Path.Combine(AppContext.BaseDirectory, "weft.dll");
        using (RunningCommand process = Command.Start("dotnet", weft, "run", configuration))
        {
            bool answers = Wait.Until(() => Command.Run(Patience, "dotnet", weft, "show", "ports", "--socket", socket).Succeeded, Patience, () => process.HasExited);
            Assert.SkipWhen(process.HasExited && process.Error.Contains("CAP_BPF", StringComparison.Ordinal), "needs AF_XDP");
            Assert.True(answers, process.Error);
            Assert.True(Wait.Until(() => one.Run("ping", "-c1", "-W1", "10.0.0.2").Succeeded, Patience), process.Error);
            Assert.Contains("af_xdp, ", Command.Run(Patience, "dotnet", weft, "show", "ports", "--socket", socket).Required().Output);
            const string serve = "import socket\ns=socket.create_server(('10.0.0.2',8080))\nprint('ready',flush=True)\nc,_=s.accept()\nn=0\nwhile d:=c.recv(65536): n+=len(d)\nprint('got',n,flush=True)\n";
            const string send = "import socket\ns=socket.create_connection(('10.0.0.2',8080))\ns.sendall(bytes(4000000))\ns.close()\n";
            using RunningCommand server = two.Start("python3", "-c", serve);
            Assert.True(server.WaitForOutput("ready", Patience), server.Error);
            one.Run(Patience, "python3", "-c", send).Required();
            Assert.True(server.WaitForOutput("got 4000000", Patience), server.Output);
        }

        // Without the switch the two devices are ordinary ones: a bridge of the kernel joins them.
        middle.Ip("link", "add", "name", "br0", "type", "bridge");
        foreach (string device in new[] { "m1", "m2" })
        {
            middle.Ip("link", "set", "dev", device, "master", "br0");
        }

        middle.Ip("link", "set", "dev", "br0", "up");
        Assert.True(Wait.Until(() => one.Run("ping", "-c1", "-W1", "10.0.0.2").Succeeded, Patience));
    }
}
