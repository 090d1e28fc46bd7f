using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.HostTests;

/// <summary>Another user at the control socket.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ControlPeerLiveTests : IDisposable
{
    // The system's own: others may lie where a stranger cannot read.
    private const string Python = "/usr/bin/python3";
    private const string Ask = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ns.sendall(b'{\"verb\":\"version\"}\\n')\nprint(s.makefile().readline())\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Who_is_neither_root_nor_the_switchs_user_is_refused_although_the_file_lets_everybody_in()
    {
        LiveRequirements.Need("setpriv", Python, "chmod");
        using var space = NetNamespace.Create();
        using var other = NetNamespace.Create();
        space.AddVeth("p0", other, "p1");
        string socket = Path.Combine(_folder, "weft.sock");
        ConfigurationResult configuration = ConfigurationFile.ReadText($$"""
            schema: weft/1
            switch: {name: peer, controlSocket: "{{socket}}"}
            ports: [{name: p0, type: af_packet, device: p0, networkNamespace: {{space.Name}}, vlan: {id: 10} }]
            segments: [{name: lan, vlan: 10}]
            """, Path.Combine(_folder, "peer.yaml"));
        await using SwitchHost host = SwitchHost.Start(configuration.Plan!);
        Command.Run("chmod", "-R", "a+rwX", _folder).Required();
        CommandResult stranger = Command.Run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", Python, "-c", Ask, socket);
        Assert.True(stranger.Output.Contains("the socket answers root and the user that runs the switch", StringComparison.Ordinal), stranger.Output + stranger.Error);
        Assert.Contains("version", Command.Run(Python, "-c", Ask, socket).Required().Output, StringComparison.Ordinal);
    }
}
