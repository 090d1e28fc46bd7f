using System.Data.Common;

namespace Weft.AlarmStore;

/// <summary>In what databases differ; the statements that they share are <see cref="AlarmSql"/>'s.</summary>
internal abstract class SqlDialect
{
    /// <summary>Which database, for messages; without secrets.</summary>
    public abstract string Name { get; }

    /// <summary>Type of a column that numbers its rows.</summary>
    public abstract string NumberingColumn { get; }

    /// <summary>Type of a column of bytes.</summary>
    public abstract string BytesColumn { get; }

    /// <summary>Opens a connection on which a commit is on the disk when it returns.</summary>
    public abstract DbConnection Open();

    /// <summary>Keeps others from creating the tables at the same time, until the transaction ends; null if none can.</summary>
    public virtual string? CreationLock => null;
}
