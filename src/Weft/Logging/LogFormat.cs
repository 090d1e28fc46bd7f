namespace Weft.Cli.Logging;

/// <summary>How <c>weft run</c> writes what happens.</summary>
internal enum LogFormat
{
    /// <summary>Not at all; messages of the command itself are plain text.</summary>
    None,

    /// <summary>A line of text an event, as <c>weft events</c> has it.</summary>
    Text,

    /// <summary>A JSON object a line, events and messages alike.</summary>
    Json,

    /// <summary>Lines for systemd's journal: the priority in angle brackets in front (sd-daemon(3)), no time, which the journal has itself.</summary>
    Journal,
}
