namespace Weft.Ids;

/// <summary>Why a rule was not taken.</summary>
public enum RuleError : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The line is not UTF-8 or contains NUL.</summary>
    NotText,

    /// <summary>The rule is longer than <see cref="RuleParser.MaxRuleLength"/>.</summary>
    TooLong,

    /// <summary>Action, protocol, addresses, ports or direction are not seven words before the parenthesis.</summary>
    BadHeader,

    /// <summary>The action is not one of those that are supported.</summary>
    UnknownAction,

    /// <summary>The protocol is not one of those that are supported.</summary>
    UnknownProtocol,

    /// <summary>An address, prefix, range or list of them cannot be read.</summary>
    BadAddress,

    /// <summary>A port, range or list of them cannot be read; ports are 0 to 65,535.</summary>
    BadPort,

    /// <summary>A variable is not defined, or is defined by itself.</summary>
    UnknownVariable,

    /// <summary>The options are not closed by a semicolon and a parenthesis.</summary>
    UnclosedOptions,

    /// <summary>The keyword is not supported.</summary>
    UnknownKeyword,

    /// <summary>The keyword is supported, but not with this value: an event, a protocol or a flag that is not known here.</summary>
    UnsupportedValue,

    /// <summary>The value of a keyword cannot be read or is outside its range.</summary>
    BadValue,

    /// <summary>A string is not enclosed in quotes.</summary>
    BadQuotes,

    /// <summary>Bytes between bars are not pairs of hexadecimal digits.</summary>
    BadHex,

    /// <summary>A content has no bytes, or more than 65,535.</summary>
    BadContentLength,

    /// <summary>A modifier stands before any content.</summary>
    ModifierWithoutContent,

    /// <summary>Modifiers of one content exclude each other, or one is given twice.</summary>
    ConflictingModifiers,

    /// <summary>Depth or within is smaller than the content.</summary>
    WindowTooSmall,

    /// <summary>Two contents are marked as fast pattern.</summary>
    SecondFastPattern,

    /// <summary>The regular expression or its flags are wrong.</summary>
    BadPattern,

    /// <summary>The rule has no sid.</summary>
    MissingSid,

    /// <summary>A rule with this gid and sid was read already.</summary>
    DuplicateSid,

    /// <summary>There are more than <see cref="RuleParser.MaxRules"/> rules; this one and those behind it were not read.</summary>
    TooMany,
}
