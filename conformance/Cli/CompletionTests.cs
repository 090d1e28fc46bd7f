using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

/// <summary>What shells offer, asked of the shells themselves.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CompletionTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SwitchHost _host = null!;

    public ValueTask InitializeAsync()
    {
        _host = SwitchHost.Start(TestPlans.Resolved() with { ControlSocket = _folder.File("s") }, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : Command.Find("dotnet");
        string program = _folder.Write("weft", $"#!/bin/sh\nexec '{dotnet}' '{WeftProgram.Assembly}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    public static TheoryData<string, string, string> Words()
    {
        var data = new TheoryData<string, string, string>();
        (string Line, string Offered)[] table =
        [
            ("weft cap", "capture"),
            ("weft show na", "nat"),
            ("weft show nat ", "blocks owners sessions"),
            ("weft explain vlan-n", "vlan-not-allowed"),
            ("weft capture --dro", "--drop-reason"),
            ("weft capture -s SOCKET --port w", "web1 web2"),
            ("weft capture -s SOCKET --stage enc", "encap"),
            ("weft capture --drop-reason any", "any"),
            ("weft trace CONFIG --port blue", "blue-lan"),
            ("weft completion z", "zsh"),
        ];
        foreach (string shell in new[] { "bash", "zsh", "fish" })
        {
            foreach ((string line, string offered) in table)
            {
                data.Add(shell, line, offered);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void A_shell_offers(string shell, string line, string offered)
    {
        LiveRequirements.NeedPrograms(shell);
        line = line.Replace("SOCKET", _folder.File("s"), StringComparison.Ordinal).Replace("CONFIG", Repository.File("samples/first-switch.yaml"), StringComparison.Ordinal);
        // A shell does not wait long for a busy switch; who gets nothing presses the key again.
        string[] found = [];
        _ = Wait.Until(() => (found = [.. Ask(shell, line).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order()]).Length > 0, TimeSpan.FromSeconds(60));
        Assert.Equal(offered.Split(' '), found);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("fish")]
    public void Where_a_file_is_wanted_files_are_offered_and_no_options(string shell)
    {
        LiveRequirements.NeedPrograms(shell);
        _ = _folder.Write("only.yaml", "");
        string found = Ask(shell, $"weft check {_folder.Path}/on");
        // Bash has its own completion of files take over, which the function itself leaves to it.
        Assert.Equal(shell == "bash" ? "" : $"{_folder.Path}/only.yaml", found.Trim());
    }

    private string Ask(string shell, string line)
    {
        string script = _folder.Write($"script.{shell}", WeftProgram.Run("completion", shell).Required().Output);
        string[] words = line.Split(' ');
        string question = shell switch
        {
            "bash" => $"source '{script}'; COMP_LINE='{line}'; COMP_POINT={line.Length}; COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; _weft weft; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            // The function runs in zsh as it is; what it would add to zsh's list is printed, begun words cut as zsh does it.
            "zsh" => $"compdef() {{ :; }}; compadd() {{ print -l -- ${{(M)found:#${{PREFIX}}*}} }}; _files() {{ :; }}; words=({string.Join(' ', words.Select(word => $"'{word}'"))}); CURRENT={words.Length}; PREFIX='{words[^1]}'; source '{script}'; _weft",
            _ => $"source '{script}'; complete -C '{line}' | string replace -r '\\t.*' ''; true",
        };
        string[] arguments = shell == "zsh" ? ["-f", "-c", question] : ["-c", question];
        return Command.Run(TimeSpan.FromSeconds(120), "env", [$"PATH={_folder.Path}:{Command.SearchPath}", $"HOME={_folder.Path}", shell, .. arguments]).Required().Output;
    }
}
