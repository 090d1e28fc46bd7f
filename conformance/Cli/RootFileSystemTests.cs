using System.Text.Json.Nodes;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>The file system of the container holds all that a switch needs, and nothing else.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class RootFileSystemTests
{
    [Fact]
    public void The_switch_runs_in_it_without_root_and_reads_a_configuration_keys_and_captures()
    {
        LiveRequirements.Need("unshare", "chroot", "mount", "bash", "ldd");
        using var folder = new TemporaryFolder();
        string root = Make(folder);
        _ = Directory.CreateDirectory(root + "/proc");

        CommandResult run = Inside(root, "run", "/etc/weft/weft.yaml");
        Assert.True(run.Succeeded, run.Output + run.Error);
        Assert.Contains("the captures ended", run.Output);
        // Keys are made by OpenSSL, which the runtime looks for only when somebody wants it.
        CommandResult keys = Inside(root, "mesh", "ca", "init", "/var/lib/weft/authority", "--trust-domain", "mesh.test");
        Assert.True(keys.Succeeded, keys.Output + keys.Error);
        Assert.NotEmpty(Tshark.Fields(root + "/var/lib/weft/other.pcapng", "", "frame.number"));
        Assert.False(Directory.Exists(root + "/bin"));
    }

    [Fact]
    public void An_image_is_built_of_it_without_any_registry_and_runs_a_switch_as_its_definition_says()
    {
        LiveRequirements.Need("buildah", "bash", "ldd", "tar");
        using var folder = new TemporaryFolder();
        using var store = new ImageStore(folder.File("images"));
        string context = Directory.CreateDirectory(folder.File("context")).FullName;
        _ = Command.Run(TimeSpan.FromMinutes(1), "tar", "-C", Make(folder), "-cf", context + "/rootfs.tar", ".").Required();
        _ = store.Run("build", "--isolation", "chroot", "--tag", "weft", "--file", Repository.File("packaging/container/Containerfile.scratch"), context);
        JsonNode image = JsonNode.Parse(store.Run("inspect", "--type", "image", "weft"))!["OCIv1"]!["config"]!;
        string container = store.Run("from", "weft").Trim();
        string[] entrypoint = [.. image["Entrypoint"]!.AsArray().Select(word => (string)word!)];
        string[] arguments = [.. image["Cmd"]!.AsArray().Select(word => (string)word!)];

        Assert.Equal("65532:65532", (string?)image["User"]);
        Assert.Matches(@"^\d+\.\d+\.\d+", store.Run(["run", "--isolation", "chroot", container, "--", .. entrypoint, "--version"]));
        Assert.Contains("0 errors", store.Run(["run", "--isolation", "chroot", container, "--", .. entrypoint, "check", arguments[^1]]));
        Assert.Contains("the captures ended", store.Run(["run", "--isolation", "chroot", container, "--", .. entrypoint, .. arguments]));
    }

    /// <summary>The file system with a configuration and its capture.</summary>
    private static string Make(TemporaryFolder folder)
    {
        string root = folder.File("rootfs");
        // The tool's own output: beside the tests are assemblies that a measurement of coverage may have changed, and that write where this user may not.
        string[] place = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        string built = Repository.File(Path.Combine("src/Weft/bin", place[^2], place[^1]));
        CommandResult made = Command.Run(TimeSpan.FromMinutes(5), "bash", Repository.File("packaging/container/make-rootfs"), built, root);
        Assert.True(made.Succeeded, made.Output + made.Error);
        File.WriteAllText(root + "/etc/weft/weft.yaml", """
            schema: weft/1
            ports:
              - {name: in, type: pcap, read: in.pcap, write: /var/lib/weft/out.pcapng}
              - {name: out, type: pcap, write: /var/lib/weft/other.pcapng}
            segments:
              - {name: one, vlan: 1}
            """);
        File.Copy(Repository.File("pcaps/kernel-tcp.pcap"), root + "/etc/weft/in.pcap");
        return root;
    }

    /// <summary>Images and containers in a folder of their own.</summary>
    private sealed class ImageStore(string folder) : IDisposable
    {
        public string Run(params string[] arguments)
        {
            CommandResult result = Command.Run(TimeSpan.FromMinutes(5), "buildah", ["--root", folder + "/root", "--runroot", folder + "/run", "--storage-driver", "vfs", .. arguments]);
            Assert.True(result.Succeeded, result.Output + result.Error);
            return result.Output;
        }

        public void Dispose() => _ = Command.Run(TimeSpan.FromMinutes(1), "buildah", "--root", folder + "/root", "--runroot", folder + "/run", "--storage-driver", "vfs", "rm", "--all");
    }

    /// <summary>Runs weft there as the image does: as nobody, with nothing but /proc mounted.</summary>
    private static CommandResult Inside(string root, params string[] arguments) => Command.Run(
        TimeSpan.FromMinutes(2), "unshare", ["--mount", "--pid", "--fork", "bash", "-c", "mount -t proc proc \"$1/proc\" && DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 exec chroot --userspec=65532:65532 \"$1\" /usr/share/dotnet/dotnet /opt/weft/weft.dll \"${@:2}\"", "inside", root, .. arguments]);
}
