using System.CommandLine;
using System.Diagnostics;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft mesh run CONFIG</c>: runs the agent until somebody stops it.</summary>
internal static class MeshRunCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        Argument<string> file = MeshCommand.File();
        var rules = new Option<bool>("--rules") { Description = "Load the rules of 'weft mesh nft' into the kernel, and again with every reload. They stay when the agent stops, so that nothing leaves in the clear." };
        var command = new Command("run", "Run the agent of a mesh. SIGHUP reads the configuration again; certificates are read again when their files change.") { file, rules };
        command.SetAction(async parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            if (MeshCommand.Load(path) is not MeshHostPlan mesh)
            {
                return ExitCode.Refused;
            }

            try
            {
                return await Run(mesh, path, parsed.GetValue(rules)).ConfigureAwait(false);
            }
            catch (SwitchStartException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static async Task<int> Run(MeshHostPlan mesh, string path, bool loadsRules)
    {
        await using MeshAgentHost agent = await MeshAgentHost.StartAsync(mesh, Console.Error.WriteLine).ConfigureAwait(false);
        if (loadsRules)
        {
            // Rules come after listeners: whoever is redirected is listened to.
            LoadRules(mesh);
        }

        var stopped = new TaskCompletionSource();
        using var signals = new StopSignals(() => stopped.TrySetResult(), () => Task.Run(() => Reload(agent, path, loadsRules)));
        await Console.Error.WriteLineAsync($"the agent is running; its certificate is valid until {agent.CertificateEnd:u}").ConfigureAwait(false);
        await stopped.Task.ConfigureAwait(false);
        _ = await agent.DrainAsync(Patience).ConfigureAwait(false);
        foreach (string line in agent.Describe())
        {
            await Console.Error.WriteLineAsync(line).ConfigureAwait(false);
        }

        return ExitCode.Success;
    }

    private static void Reload(MeshAgentHost agent, string path, bool loadsRules)
    {
        try
        {
            if (MeshCommand.Load(path) is MeshHostPlan mesh)
            {
                agent.Reload(mesh);
                if (loadsRules)
                {
                    LoadRules(mesh);
                }

                Console.Error.WriteLine("the new configuration is in force");
                return;
            }
        }
        catch (SwitchStartException refused)
        {
            Console.Error.WriteLine(refused.Message);
        }

        Console.Error.WriteLine("the old configuration stays in force");
    }

    private static void LoadRules(MeshHostPlan mesh)
    {
        try
        {
            using var nft = Process.Start(new ProcessStartInfo("nft", ["-f", "-"]) { RedirectStandardInput = true })!;
            nft.StandardInput.Write(MeshReport.Nftables(mesh));
            nft.StandardInput.Close();
            nft.WaitForExit();
            if (nft.ExitCode != 0)
            {
                throw new SwitchStartException($"nft refused the rules and ended with {nft.ExitCode}");
            }
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            throw new SwitchStartException($"the rules cannot be loaded with nft: {failure.Message}");
        }
    }
}
