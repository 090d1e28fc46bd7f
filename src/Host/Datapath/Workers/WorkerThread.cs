using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>The thread of a worker other than the first.</summary>
internal sealed class WorkerThread
{
    private readonly WorkerCrew _crew;
    private readonly int _index;
    private readonly Thread _thread;
    private volatile bool _isRetired;

    public WorkerThread(WorkerCrew crew, int index, string name)
    {
        (_crew, _index) = (crew, index);
        _thread = new Thread(Work) { Name = $"weft {name} {index}", IsBackground = true };
    }

    /// <summary>What ended the thread before its time; null if nothing did.</summary>
    public Exception? Failure { get; private set; }

    public void Start() => _thread.Start();

    /// <summary>Has the thread end at the gate.</summary>
    public void Retire() => _isRetired = true;

    /// <summary>Waits for its end.</summary>
    /// <returns>False if it stands still somewhere.</returns>
    public bool Join(TimeSpan patience) => _thread.Join(patience);

    private void Work()
    {
        bool isIn = _crew.Gate.Enter(_index, IsWanted);
        try
        {
            _crew.Settle(_index);
            while (isIn)
            {
                if (_crew.Gate.IsClosed)
                {
                    isIn = _crew.Gate.Pass(_index, IsWanted);
                    _crew.Settle(_index);
                    continue;
                }

                _crew.Step(_index, Timestamp.FromMonotonicClock());
            }
        }
        catch (Exception defect)
        {
            Failure = defect;
            _crew.Gate.Leave(_index);
            _crew.Fail();
        }
    }

    private bool IsWanted() => !_isRetired;
}
