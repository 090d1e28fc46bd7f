namespace Weft.Cli;

/// <summary>What the process tells its caller. A second signal during a stop ends with 128 plus the signal's number, as shells have it.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The command line or the configuration is wrong; what is wrong was printed.</summary>
    public const int Refused = 1;

    /// <summary>Something outside is missing or damaged: a device, a file, a privilege, a running switch; a capture that ends in the middle of a frame.</summary>
    public const int Unavailable = 2;

    /// <summary>A defect of weft itself ended the run.</summary>
    public const int Defect = 3;

    /// <summary><c>weft check --diff</c>: a reload would change something.</summary>
    public const int Differs = 4;

    /// <summary><c>weft check --diff</c>: a reload would be refused; the change needs a restart.</summary>
    public const int NeedsRestart = 5;
}
