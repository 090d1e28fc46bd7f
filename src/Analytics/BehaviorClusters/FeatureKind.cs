namespace Weft.Analytics;

/// <summary>What kind of thing a process did. The same name under two kinds is two features.</summary>
public enum FeatureKind : byte
{
    /// <summary>The executable's path.</summary>
    Executable,

    /// <summary>The executable's hash.</summary>
    ExecutableHash,

    /// <summary>Who signed it.</summary>
    Signer,

    /// <summary>The parent's executable, or the line of ancestors.</summary>
    Parent,

    /// <summary>A child's executable.</summary>
    Child,

    /// <summary>The shape of the command line: options without values.</summary>
    CommandLine,

    /// <summary>The user it runs as.</summary>
    User,

    /// <summary>A file or folder it opened.</summary>
    File,

    /// <summary>A library it loaded.</summary>
    Module,

    /// <summary>A port it listens on.</summary>
    Listen,

    /// <summary>A peer group and port it connects to.</summary>
    Connect,

    /// <summary>A system call, or a sequence of them.</summary>
    SystemCall,
}
